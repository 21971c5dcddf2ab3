# The house: one library per folder, whose link list is the dependency rule.
#
# A folder's headers are reachable only as "folder/header.h", through a link made for that folder alone in
# the build tree: a library that does not link `probe` cannot include "probe/probe.h".

add_library(house_flags INTERFACE)
target_compile_features(house_flags INTERFACE c_std_17)
target_compile_definitions(house_flags INTERFACE _GNU_SOURCE RUSHPROOF_VERSION="${PROJECT_VERSION}")
target_compile_options(house_flags INTERFACE -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes
                       -Wmissing-prototypes -Wpointer-arith -Wvla -fno-common)
if(RUSHPROOF_WERROR)
  target_compile_options(house_flags INTERFACE -Werror)
endif()
if(RUSHPROOF_SANITIZE)
  target_compile_options(house_flags INTERFACE -fsanitize=${RUSHPROOF_SANITIZE} -fno-omit-frame-pointer
                         # Undefined behaviour must end the test, not only print a line.
                         -fno-sanitize-recover=all)
  target_link_options(house_flags INTERFACE -fsanitize=${RUSHPROOF_SANITIZE})
endif()

if(RUSHPROOF_FUZZ)
  # Edges for libFuzzer, lines for the report. To trace each comparison as well takes 40 % of the time, for words that
  # the dictionaries hold already.
  set(instrumented -fsanitize=fuzzer-no-link -fno-sanitize-coverage=trace-cmp -fprofile-instr-generate -fcoverage-mapping)
  target_compile_options(house_flags INTERFACE ${instrumented})
  target_link_options(house_flags INTERFACE ${instrumented})
endif()

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

# house_library(NAME [SOURCES file…] [LINKS public-library…] [PRIVATE_LINKS library…])
function(house_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  set(door ${CMAKE_BINARY_DIR}/doors/${name})
  file(MAKE_DIRECTORY ${door})
  get_filename_component(folder ${CMAKE_CURRENT_SOURCE_DIR} NAME)
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${door}/${folder} SYMBOLIC)
  target_include_directories(${name} PUBLIC ${door})
  target_link_libraries(${name} PUBLIC house_flags ${arg_LINKS} PRIVATE ${arg_PRIVATE_LINKS})
endfunction()

# What ./run builds: the programs that are installed, and no test.
add_custom_target(programs)

# house_program(NAME [SOURCES file…] [LINKS library…]): an executable in bin/, installed.
function(house_program name)
  cmake_parse_arguments(arg "NO_INSTALL" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  if(RUSHPROOF_SANITIZE MATCHES thread)
    # librdkafka's threads, in a form that ThreadSanitizer knows; the file says why.
    target_sources(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/sanitize/c11_threads.c)
  endif()
  target_link_libraries(${name} PRIVATE house_flags ${arg_LINKS})
  if(NOT arg_NO_INSTALL)
    add_dependencies(programs ${name})
    install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endfunction()

# house_embed(FILE): its bytes as `const unsigned char NAME_EXT[]` and `const size_t NAME_EXT_size`, in NAME_EXT.c of the
# build directory; made anew when the file has changed.
function(house_embed file)
  get_filename_component(name ${file} NAME)
  string(MAKE_C_IDENTIFIER ${name} symbol)
  file(READ ${file} bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.c CONTENT
       "#include <stddef.h>\nextern const unsigned char ${symbol}[];\nextern const size_t ${symbol}_size;\nconst unsigned char ${symbol}[] = {${bytes}};\nconst size_t ${symbol}_size = sizeof ${symbol};\n")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
endfunction()
