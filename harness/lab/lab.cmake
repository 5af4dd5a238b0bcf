target_sources(clew_harness PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/../process.cpp
  ${CMAKE_CURRENT_LIST_DIR}/capabilities.cpp
  ${CMAKE_CURRENT_LIST_DIR}/delay_queue.cpp
  ${CMAKE_CURRENT_LIST_DIR}/fuse_disk.cpp
  ${CMAKE_CURRENT_LIST_DIR}/lab.cpp
  ${CMAKE_CURRENT_LIST_DIR}/netlink.cpp
  ${CMAKE_CURRENT_LIST_DIR}/port.cpp
  ${CMAKE_CURRENT_LIST_DIR}/sandbox.cpp
  ${CMAKE_CURRENT_LIST_DIR}/switch.cpp
  ${CMAKE_CURRENT_LIST_DIR}/undo_disk.cpp
)

# A program of its own: one for each node, and none of its threads are ours.
find_path(FUSE3_INCLUDE fuse3/fuse.h REQUIRED)
find_library(FUSE3_LIBRARY fuse3 REQUIRED)
add_executable(clew-disk
  ${CMAKE_CURRENT_LIST_DIR}/disk_main.cpp
  ${CMAKE_CURRENT_LIST_DIR}/fsync_bell.cpp
)
target_include_directories(clew-disk SYSTEM PRIVATE ${FUSE3_INCLUDE} ${FUSE3_INCLUDE}/fuse3)
target_compile_definitions(clew-disk PRIVATE _FILE_OFFSET_BITS=64)
target_link_libraries(clew-disk PRIVATE clew_harness ${FUSE3_LIBRARY})
set_target_properties(clew-disk PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
