# What `cmake --install` gives: programs, library, headers, plugins (each installs itself), find_package(Harmonium), and
# in share/harmonium pipelines, data, schema and manuals, beside each other as in the source tree so that the relative
# paths in the pipelines hold. The tree may be moved.
include(CMakePackageConfigHelpers)
set(config_folder "${CMAKE_INSTALL_LIBDIR}/cmake/Harmonium")
set(shared_folder "${CMAKE_INSTALL_DATADIR}/harmonium")

file(RELATIVE_PATH library_from_program
  "${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}" "${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}")
file(RELATIVE_PATH library_from_plugin
  "${CMAKE_INSTALL_PREFIX}/${HARMONIUM_PLUGIN_FOLDER}" "${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}")
set_property(TARGET harmonium harmonium-conformance PROPERTY INSTALL_RPATH "$ORIGIN/${library_from_program}")
get_property(plugins GLOBAL PROPERTY HARMONIUM_PLUGINS)
# A plugin that was renamed or taken out since the last build would still be found beside the others.
file(GLOB built RELATIVE "${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/harmonium/${HARMONIUM_SDK_MAJOR}"
  "${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/harmonium/${HARMONIUM_SDK_MAJOR}/*.so")
foreach(library IN LISTS built)
  string(REGEX REPLACE "\\.so$" "" name "${library}")
  if(NOT name IN_LIST plugins)
    file(REMOVE "${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/harmonium/${HARMONIUM_SDK_MAJOR}/${library}")
  endif()
endforeach()
set_property(TARGET ${plugins} PROPERTY INSTALL_RPATH "$ORIGIN/${library_from_plugin}")

install(TARGETS harmonium_kernel EXPORT HarmoniumTargets LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(TARGETS harmonium EXPORT HarmoniumTargets RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(TARGETS harmonium-conformance EXPORT HarmoniumTargets RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(DIRECTORY kernel/include/harmonium DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.hpp")

install(EXPORT HarmoniumTargets NAMESPACE Harmonium:: DESTINATION "${config_folder}")
configure_package_config_file(share/cmake/HarmoniumConfig.cmake.in HarmoniumConfig.cmake
  INSTALL_DESTINATION "${config_folder}" NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(HarmoniumConfigVersion.cmake COMPATIBILITY SameMajorVersion)
install(FILES
  "${CMAKE_CURRENT_BINARY_DIR}/HarmoniumConfig.cmake" "${CMAKE_CURRENT_BINARY_DIR}/HarmoniumConfigVersion.cmake"
  share/cmake/HarmoniumConformance.cmake share/cmake/HarmoniumPipelineTest.cmake share/cmake/HarmoniumPlugin.cmake
  share/cmake/plugin.map
  DESTINATION "${config_folder}")

# The schema of pipeline files, from the plugins that ship and no others.
set(HARMONIUM_SCHEMA "${PROJECT_BINARY_DIR}/share/schema/pipeline.json")
add_custom_command(OUTPUT "${HARMONIUM_SCHEMA}"
  COMMAND "${CMAKE_COMMAND}" -E make_directory "${PROJECT_BINARY_DIR}/share/schema"
  COMMAND "${CMAKE_COMMAND}" -E env --unset=HARMONIUM_PLUGIN_PATH --unset=HOME --unset=XDG_DATA_HOME
          $<TARGET_FILE:harmonium> schema --output "${HARMONIUM_SCHEMA}"
  DEPENDS harmonium ${plugins}
  COMMENT "Writing the schema of pipeline files"
  VERBATIM)
add_custom_target(schema ALL DEPENDS "${HARMONIUM_SCHEMA}")
install(FILES "${HARMONIUM_SCHEMA}" DESTINATION "${shared_folder}/share/schema")
install(DIRECTORY pipelines DESTINATION "${shared_folder}" FILES_MATCHING PATTERN "*.yaml")
install(DIRECTORY share/data share/doc DESTINATION "${shared_folder}/share")
