# The HTTP client is the harness' own; each system under test is a plug-in.
target_sources(clew_harness PRIVATE base64.cpp http.cpp)
