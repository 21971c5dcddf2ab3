# cmake -DBIN=… -DOUT=… -DWRITTEN=FILE,… -DVERSION=… -DCONTACT=… -DEMULATOR=… -P Pages.cmake: man pages and
# completions, as the programs print them (on another processor by that program), pages that were written by hand, and
# Debian's changelog.
# Every failure stops the build: a package without its pages must not come out unnoticed.

# print(FILE PROGRAM ARGUMENT…): the program's output into OUT/FILE.
function(print file)
  execute_process(COMMAND ${EMULATOR} ${ARGN} OUTPUT_VARIABLE text ERROR_VARIABLE message RESULT_VARIABLE rc)
  if(NOT rc EQUAL 0 OR text STREQUAL "")
    message(FATAL_ERROR "${ARGN}: ${rc}: ${message}")
  endif()
  file(WRITE ${OUT}/${file} "${text}")
endfunction()

file(REMOVE_RECURSE ${OUT}/man1 ${OUT}/completions)
print(man1/rushproof.1 ${BIN}/rushproof man)
# The overview names the page of every command: rushproof\-run (1)
file(STRINGS ${OUT}/man1/rushproof.1 lines REGEX "rushproof\\\\-[a-z]+ \\(1\\)")
foreach(line ${lines})
  string(REGEX MATCH "rushproof\\\\-([a-z]+)" _ "${line}")
  print(man1/rushproof-${CMAKE_MATCH_1}.1 ${BIN}/rushproof man ${CMAKE_MATCH_1})
endforeach()
print(man1/apply-service.1 ${BIN}/apply-service --man)
print(man1/coupon-consumer.1 ${BIN}/coupon-consumer --man)
print(man1/embedded-broker.1 ${BIN}/embedded-broker --man)
print(man1/rushproof-proxy.1 ${BIN}/rushproof-proxy --man)
string(REPLACE "," ";" WRITTEN "${WRITTEN}")
file(COPY ${WRITTEN} DESTINATION ${OUT}/man1)
print(completions/rushproof ${BIN}/rushproof completions bash)
print(completions/_rushproof ${BIN}/rushproof completions zsh)

# The time is SOURCE_DATE_EPOCH's when that is set.
string(TIMESTAMP now "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(WRITE ${OUT}/changelog "rushproof (${VERSION}) unstable; urgency=medium

  * What a user notices is in CHANGELOG.md beside this file.

 -- ${CONTACT}  ${now}
")

file(GLOB made ${OUT}/man1/*.1 ${OUT}/changelog)
execute_process(COMMAND gzip -9nf ${made} COMMAND_ERROR_IS_FATAL ANY)
