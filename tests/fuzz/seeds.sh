#!/bin/sh
# Writes a small corpus for each target into the folder given: tests/fuzz/seeds.sh /tmp/corpus
set -eu
out=${1:?"usage: seeds.sh FOLDER"}
mkdir -p "$out/jsonl" "$out/edn" "$out/log" "$out/gzip"
cat > "$out/jsonl/1" <<'END'
{"index":0,"time":1,"process":3,"type":"invoke","f":"write","key":"k7","value":41,"node":"n2"}
{"index":1,"time":2,"process":3,"type":"ok","f":"write","key":"k7","value":41,"node":"n2"}
{"index":2,"time":2,"process":"nemesis","type":"info","f":"partition","value":{"cut":[["n1"],["\u00e9",2.5,null,true]]}}
{"index":3,"time":3,"process":0,"type":"fail","f":"cas","value":[1,18446744073709551615],"error":"compare-failed"}
END
cat > "$out/edn/1" <<'END'
; a history
[{:process 0, :type :invoke, :f :cas, :value [1 2], :time 5, :index 0}
 #_ dropped #jepsen.history.Op{:process :nemesis, :type :info, :f :start, :value #{:a 1/2 \c ##Inf 7N}}
 {:process 0, :type :fail, :f :cas, :value [1 2], :error nil, :key "k\u00e9", :node "n"}]
END
cat > "$out/edn/2" <<'END'
{:process 0, :type :invoke, :f :get, :key "0", :value nil}
{:process 0, :type :ok, :f :get, :key "0", :value "x 0 0 y"}
END
printf 'INFO  jepsen.util - 0\t:invoke\t:cas\t[1 2]\nINFO  jepsen.util - 0\t:info\t:cas\t:timed-out\n' > "$out/log/1"
printf 'hello\n' | gzip -n > "$out/gzip/1"
