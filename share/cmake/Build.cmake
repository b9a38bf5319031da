# How everything here is compiled.
include(GNUInstallDirs)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")
set(CMAKE_BUILD_WITH_INSTALL_RPATH OFF)

option(HARMONIUM_TESTS "Build the tests" ON)
option(HARMONIUM_SANITIZE "Build with AddressSanitizer and UndefinedBehaviorSanitizer" OFF)

set(HARMONIUM_SDK_MAJOR 1)
set(HARMONIUM_PLUGIN_FOLDER "${CMAKE_INSTALL_LIBDIR}/harmonium/${HARMONIUM_SDK_MAJOR}")

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Werror)
# GCC 12 sees uninitialised strings in moved-from aggregates where there are none; the sanitisers look for real ones.
add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
if(HARMONIUM_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
add_link_options(-Wl,--no-undefined)

find_program(CCACHE ccache)
if(CCACHE)
  # ccache sees through precompiled headers only when told that their time stamps and macros do not matter.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      "${CMAKE_COMMAND}" -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      "${CCACHE}")
  add_compile_options(-fpch-preprocess)
endif()

find_package(Boost 1.74 REQUIRED COMPONENTS filesystem serialization)
find_package(fmt REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(ZLIB REQUIRED)
find_package(xtensor REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(CAIRO REQUIRED IMPORTED_TARGET cairo)
find_library(HARMONIUM_OPENBLAS NAMES openblas REQUIRED NO_DEFAULT_PATH
             PATHS "/usr/lib/${CMAKE_LIBRARY_ARCHITECTURE}/openblas-openmp" "/usr/lib/openblas-openmp"
             DOC "OpenBLAS built with OpenMP; its pthread build would fight our threads")

# Stops the configuration when a source file in the current folder belongs to no target.
function(harmonium_all_sources_are_built)
  get_property(targets DIRECTORY PROPERTY BUILDSYSTEM_TARGETS)
  set(built "")
  foreach(target IN LISTS targets)
    get_target_property(sources ${target} SOURCES)
    foreach(source IN LISTS sources)
      cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
      list(APPEND built "${source}")
    endforeach()
  endforeach()
  file(GLOB_RECURSE present CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  foreach(source IN LISTS present)
    if(NOT source IN_LIST built)
      message(FATAL_ERROR "${source} belongs to no target: name it in ${CMAKE_CURRENT_LIST_FILE} or delete it")
    endif()
  endforeach()
endfunction()
