target_sources(clew_harness PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/debian_package.cpp
)
add_library(clew_systems OBJECT
  ${CMAKE_CURRENT_LIST_DIR}/etcd.cpp
  ${CMAKE_CURRENT_LIST_DIR}/etcd_client.cpp
  ${CMAKE_CURRENT_LIST_DIR}/etcd_errors.cpp
)
target_link_libraries(clew_systems PUBLIC clew_harness PRIVATE nlohmann_json::nlohmann_json)
