# cmake -DFOLDER=web/dist -DOUT=page_template.cpp -P embed.cmake
# Writes the built page as C++: each part an array of characters behind a function.
set(code "#include \"reports/page_template.h\"\n\nnamespace clew {\n")
foreach(part "script report.js" "style report.css" "policy policy.txt")
  string(REPLACE " " ";" part "${part}")
  list(GET part 0 name)
  list(GET part 1 file)
  file(READ ${FOLDER}/${file} bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
  string(APPEND code "\nnamespace {\nconstexpr char ${name}_bytes[] = {${bytes}};\n}  // namespace\n"
    "std::string_view page_${name}() { return {${name}_bytes, sizeof ${name}_bytes}; }\n")
endforeach()
file(WRITE ${OUT} "${code}\n}  // namespace clew\n")
