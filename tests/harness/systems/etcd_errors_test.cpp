#include "harness/systems/etcd_errors.h"

#include <gtest/gtest.h>

#include <map>

namespace clew {
namespace {

// Written down a second time, from the sources and not from the table: a slip in
// the table must not be its own proof.
const std::map<std::pair<int, std::string>, bool> expected_refused{
    {{3, "etcdserver: key is not provided"}, true},
    {{3, "etcdserver: value is provided"}, true},
    {{3, "etcdserver: lease is provided"}, true},
    {{3, "etcdserver: too many operations in txn request"}, true},
    {{3, "etcdserver: duplicate key given in txn request"}, true},
    {{3, "etcdserver: request is too large"}, true},
    {{8, "etcdserver: too many requests"}, true},
    {{16, "etcdserver: invalid auth token"}, true},
    {{14, "etcdserver: not capable"}, true},
    {{14, "etcdserver: rpc not supported for learner"}, true},
    {{14, "etcdserver: no leader"}, false},
    {{2, "raft proposal dropped"}, true},
    {{8, "etcdserver: mvcc: database space exceeded"}, false},
    {{7, "etcdserver: permission denied"}, false},
    {{3, "etcdserver: revision of auth store is old"}, false},
    {{3, "etcdserver: user name is empty"}, false},
    {{15, "etcdserver: corrupt cluster"}, false},
    {{14, "etcdserver: request timed out"}, false},
    {{14, "etcdserver: request timed out, possibly due to previous leader failure"}, false},
    {{14, "etcdserver: request timed out, possibly due to connection lost"}, false},
    {{14, "etcdserver: leader changed"}, false},
    {{14, "etcdserver: server stopped"}, false},
    {{14, "transport is closing"}, false},
};

TEST(EtcdErrors, EachRowIsJudgedAsItsSourceSays) {
  EXPECT_EQ(etcd_errors().size(), expected_refused.size());
  for (const EtcdError& row : etcd_errors()) {
    const auto it = expected_refused.find({row.code, std::string(row.message)});
    ASSERT_NE(it, expected_refused.end()) << row.message;
    EXPECT_EQ(row.definite, it->second) << row.message;
    EXPECT_EQ(etcd_definitely_refused(row.code, row.message), row.definite) << row.message;
  }
}

TEST(EtcdErrors, ARowNeedsBothItsCodeAndItsWholeText) {
  for (const EtcdError& row : etcd_errors()) {
    const std::string text(row.message);
    EXPECT_FALSE(etcd_definitely_refused(row.code + 1, text)) << text;
    EXPECT_FALSE(etcd_definitely_refused(row.code, text + "?")) << text;
    EXPECT_FALSE(etcd_definitely_refused(row.code, "proxy: " + text)) << text;
  }
}

TEST(EtcdErrors, WhatNobodyWroteDownIsNotDefinite) {
  EXPECT_FALSE(etcd_definitely_refused(0, ""));
  EXPECT_FALSE(etcd_definitely_refused(4, "context deadline exceeded"));
  EXPECT_FALSE(etcd_definitely_refused(8, "grpc: received message larger than max (9 vs. 4)"));
  EXPECT_FALSE(etcd_definitely_refused(14, "all SubConns are in TransientFailure"));
}

}  // namespace
}  // namespace clew
