# Manual pages, one of each program and one of each verb, from what --help says; and the Debian package that `cpack` makes.
find_program(HELP2MAN help2man)
if(HELP2MAN)
  set(pages "${PROJECT_BINARY_DIR}/share/man/man1")
  add_custom_command(OUTPUT "${pages}/harmonium.1"
    COMMAND "${CMAKE_COMMAND}" -E env --unset=HARMONIUM_PLUGIN_PATH --unset=HOME --unset=XDG_DATA_HOME
            "${PROJECT_SOURCE_DIR}/share/cmake/manual_pages.sh"
            "${HELP2MAN}" $<TARGET_FILE:harmonium> $<TARGET_FILE:harmonium-conformance> "${PROJECT_VERSION}" "${pages}"
    # `ask` names the questions that plugins add.
    DEPENDS harmonium harmonium-conformance ${plugins} "${PROJECT_SOURCE_DIR}/share/cmake/manual_pages.sh"
    COMMENT "Writing manual pages"
    VERBATIM)
  add_custom_target(manual_pages ALL DEPENDS "${pages}/harmonium.1")
  install(DIRECTORY "${pages}" DESTINATION "${CMAKE_INSTALL_MANDIR}")
else()
  message(STATUS "help2man is missing: no manual pages")
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME harmonium)
set(CPACK_PACKAGE_CONTACT "Harmonium's developers")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${PROJECT_BINARY_DIR}/lib")
# What is opened at run time; of what is linked dpkg-shlibdeps knows.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "fonts-dejavu-core, libopenblas0-openmp")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS graphviz)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "g++, cmake, libfmt-dev, libxtensor-dev")
include(CPack)
