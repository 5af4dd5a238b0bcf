target_sources(clew_harness PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/../process.cpp
  ${CMAKE_CURRENT_LIST_DIR}/capabilities.cpp
  ${CMAKE_CURRENT_LIST_DIR}/delay_queue.cpp
  ${CMAKE_CURRENT_LIST_DIR}/lab.cpp
  ${CMAKE_CURRENT_LIST_DIR}/netlink.cpp
  ${CMAKE_CURRENT_LIST_DIR}/port.cpp
  ${CMAKE_CURRENT_LIST_DIR}/sandbox.cpp
  ${CMAKE_CURRENT_LIST_DIR}/switch.cpp
)
