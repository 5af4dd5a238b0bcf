#include <cstdio>

#include "harness/cli/catalogue.h"
#include "harness/cli/commands.h"
#include "harness/value.h"

namespace clew {

int list_command(const Arguments& arguments) {
  const auto items = catalogue(arguments.list_what);
  if (arguments.voice.json) {
    Value::List list;
    for (const Item& item : items)
      list.push_back(Value::object({{"name", item.name}, {"summary", item.summary}}));
    std::printf("%s\n", to_json(list).c_str());
    return 0;
  }
  for (const Item& item : items) std::printf("%-18s %s\n", item.name.c_str(), item.summary.c_str());
  return 0;
}

}  // namespace clew
