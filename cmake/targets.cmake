# SPDX-License-Identifier: Apache-2.0
# nova_library(NAME SOURCES a.cpp… [USES lib…] [PRIVATE_USES lib…])
#   One folder's library. USES are the folders and packages whose types stand in its headers.
function(nova_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;USES;PRIVATE_USES" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${arg_USES} PRIVATE nova_warnings ${arg_PRIVATE_USES})
endfunction()

# nova_test(NAME LABEL unit|property|bus SOURCES a.cpp… USES lib…)
#   A GoogleTest program; each of its cases is a CTest test with the label.
function(nova_test name)
  cmake_parse_arguments(arg "" "LABEL" "SOURCES;USES" ${ARGN})
  if(NOT NOVA_TESTS)
    return()
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_definitions(${name} PRIVATE NOVA_SOURCE_DIR="${CMAKE_SOURCE_DIR}" NOVA_BINARY_DIR="${CMAKE_BINARY_DIR}")
  target_link_libraries(${name} PRIVATE nova_warnings ${arg_USES} GTest::gtest GTest::gmock GTest::gtest_main)
  gtest_discover_tests(${name} TEST_PREFIX ${name}. PROPERTIES LABELS "${arg_LABEL}" TIMEOUT 300 DISCOVERY_TIMEOUT 60)
endfunction()
