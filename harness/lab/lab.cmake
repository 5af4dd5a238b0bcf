target_sources(clew_harness PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/../process.cpp
)
