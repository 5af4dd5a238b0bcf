#include "harness/fault_record.h"

namespace clew {

std::vector<std::string> nodes_hit(const Value& hit) {
  std::vector<std::string> nodes;
  const Value* struck = nullptr;
  for (const char* name : {"nodes", "from", "cut"})
    if (hit.is_object() && struck == nullptr) struck = hit.find(name);
  if (struck == nullptr || !struck->is_list()) return nodes;
  const Value::List* list = &struck->as_list();
  if (!list->empty() && list->front().is_list()) list = &list->front().as_list();
  for (const Value& name : *list)
    if (name.is_text()) nodes.push_back(name.as_text());
  return nodes;
}

}  // namespace clew
