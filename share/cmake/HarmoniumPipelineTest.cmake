# harmonium_pipeline_test(target file.yaml [EXPECT regex ...] [LABEL label] [TIMEOUT seconds])
#
# A test that `harmonium run` runs the pipeline with the plugin `target`, and that each regular expression matches what
# it prints: its tables. The test is called Pipeline.NAME after the file. What was computed is kept in the build folder,
# and computed again when the plugin was built anew.
if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  # The test itself: CTest's own PASS_REGULAR_EXPRESSION would overlook the exit status.
  execute_process(COMMAND "${PROGRAM}" run "${PIPELINE}" --plugin-path "${PLUGIN}" --store "${FOLDER}/store"
                          --out "${FOLDER}/${NAME}"
    OUTPUT_VARIABLE printed ECHO_OUTPUT_VARIABLE RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "harmonium run: exit status ${status}")
  endif()
  foreach(expected IN LISTS EXPECT)
    if(NOT printed MATCHES "${expected}")
      message(FATAL_ERROR "expected: ${expected}")
    endif()
  endforeach()
  return()
endif()

function(harmonium_pipeline_test target file)
  cmake_parse_arguments(test "" "LABEL;TIMEOUT" "EXPECT" ${ARGN})
  if(NOT TARGET ${target} OR test_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "harmonium_pipeline_test(target file.yaml [EXPECT regex ...] [LABEL label] [TIMEOUT seconds]): "
                        "got ${target} ${file} ${test_UNPARSED_ARGUMENTS}")
  endif()
  cmake_path(ABSOLUTE_PATH file OUTPUT_VARIABLE pipeline)
  cmake_path(GET pipeline STEM name)
  add_test(NAME "Pipeline.${name}" COMMAND "${CMAKE_COMMAND}"
    -D "PROGRAM=$<TARGET_FILE:Harmonium::harmonium>" -D "PLUGIN=$<TARGET_FILE:${target}>" -D "PIPELINE=${pipeline}"
    -D "NAME=${name}" -D "FOLDER=${CMAKE_CURRENT_BINARY_DIR}/runs" -D "EXPECT=${test_EXPECT}"
    -P "${CMAKE_CURRENT_FUNCTION_LIST_FILE}")
  if(NOT test_TIMEOUT)
    set(test_TIMEOUT 1200)
  endif()
  set_tests_properties("Pipeline.${name}" PROPERTIES TIMEOUT "${test_TIMEOUT}")
  if(test_LABEL)
    set_tests_properties("Pipeline.${name}" PROPERTIES LABELS "${test_LABEL}")
  endif()
endfunction()
