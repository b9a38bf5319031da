# harmonium_plugin(name SOURCES a.cpp ... [LIBRARIES ...] [FOLDER folder])
#
# A plugin: a shared library that gives nothing but its one symbol. In this tree it is built into the folder where the
# program looks for plugins and installed there; elsewhere it is built into the current binary folder and installed to
# lib/harmonium/<sdk major>. With FOLDER it is built there and not installed, as plugins for tests are.
function(harmonium_plugin name)
  cmake_parse_arguments(plugin "" "FOLDER" "SOURCES;LIBRARIES" ${ARGN})
  if(NOT plugin_SOURCES OR plugin_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "harmonium_plugin(name SOURCES a.cpp ... [LIBRARIES ...] [FOLDER folder])")
  endif()
  set(exports "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/plugin.map")
  add_library(${name} MODULE ${plugin_SOURCES})
  target_compile_features(${name} PRIVATE cxx_std_20)
  set_target_properties(${name} PROPERTIES
    PREFIX "" SUFFIX ".so" CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LINK_DEPENDS "${exports}")
  target_link_libraries(${name} PRIVATE Harmonium::SDK ${plugin_LIBRARIES})
  # Hidden visibility does not reach templates and type information of other libraries; this does.
  target_link_options(${name} PRIVATE "LINKER:--version-script=${exports}")
  if(NOT HARMONIUM_SANITIZE)
    # All symbols are demanded now, as the program demands them when it opens the plugin; the sanitisers' are in there.
    target_link_options(${name} PRIVATE LINKER:--no-undefined)
  endif()
  if(plugin_FOLDER)
    set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${plugin_FOLDER}")
    return()
  endif()
  if(PROJECT_NAME STREQUAL "Harmonium")
    set_target_properties(${name} PROPERTIES
      LIBRARY_OUTPUT_DIRECTORY "${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/harmonium/${HARMONIUM_SDK_MAJOR}")
    # What ships is found in one place: for the schema, which is generated from all of it.
    set_property(GLOBAL APPEND PROPERTY HARMONIUM_PLUGINS ${name})
  endif()
  install(TARGETS ${name} LIBRARY DESTINATION "${HARMONIUM_PLUGIN_FOLDER}")
endfunction()
