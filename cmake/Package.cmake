# What surrounds the programs: man pages and completions, made by the programs from their own option tables, and
# the Debian package (cpack -G DEB).

set(pages ${CMAKE_BINARY_DIR}/pages)
set(written ${CMAKE_SOURCE_DIR}/harness/keeper/rushproof-keeper.1
            ${CMAKE_SOURCE_DIR}/harness/stack/apache/rushproof-fetch-kafka.1)
list(JOIN written "," written_words)
set(contact "The rushproof authors <rushproof@example.org>")
add_custom_command(
  OUTPUT ${pages}/stamp
  COMMAND ${CMAKE_COMMAND} -DBIN=${CMAKE_RUNTIME_OUTPUT_DIRECTORY} -DOUT=${pages} -DWRITTEN=${written_words}
          -DVERSION=${PROJECT_VERSION} -DCONTACT=${contact} -DEMULATOR=${CMAKE_CROSSCOMPILING_EMULATOR} -P ${CMAKE_SOURCE_DIR}/cmake/Pages.cmake
  COMMAND ${CMAKE_COMMAND} -E touch ${pages}/stamp
  DEPENDS ${CMAKE_SOURCE_DIR}/cmake/Pages.cmake ${written} rushproof apply-service coupon-consumer embedded-broker
          rushproof-proxy
  COMMENT "Man pages and completions"
  VERBATIM)
add_custom_target(pages ALL DEPENDS ${pages}/stamp)

install(DIRECTORY ${pages}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR})
install(FILES ${pages}/completions/rushproof
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${pages}/completions/_rushproof DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES ${CMAKE_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/rushproof RENAME copyright)
install(FILES ${CMAKE_SOURCE_DIR}/README.md ${CMAKE_SOURCE_DIR}/CHANGELOG.md ${pages}/changelog.gz
        DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/rushproof)
# The pages that README names, and what they tell to install: the clients, and projects that use them.
set(leftovers PATTERN target EXCLUDE PATTERN __pycache__ EXCLUDE PATTERN make.py EXCLUDE)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/docs ${CMAKE_SOURCE_DIR}/examples
        DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/rushproof ${leftovers})
install(DIRECTORY ${CMAKE_SOURCE_DIR}/harness/clients DESTINATION ${CMAKE_INSTALL_DATADIR}/rushproof ${leftovers})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME rushproof)
set(CPACK_PACKAGE_VENDOR "The rushproof authors")
set(CPACK_PACKAGE_CONTACT ${contact})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGE_DESCRIPTION
    "Fires a simultaneous burst at an apply service, waits on evidence until the
pipeline behind it has drained, and checks user by user in Redis, Kafka and
Postgres what really happened.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Private servers are started from these; a scenario with external ones needs neither.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "redis-server, postgresql, mariadb-server-core")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "default-jre-headless, rabbitmq-server")
# Group and others may not write, whatever the umask of whoever builds.
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
include(CPack)
