# SPDX-License-Identifier: Apache-2.0
# Compiler settings, each with its reason.
option(NOVA_TESTS "Build the tests" ON)
option(NOVA_WERROR "Treat warnings as errors (CI does)" OFF)
set(NOVA_SANITIZE "" CACHE STRING "Sanitizers: empty, 'address,undefined' or 'thread'")

set(CMAKE_CXX_STANDARD 23)            # std::expected
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON) # clang-tidy reads it
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()

add_library(nova_warnings INTERFACE)
target_compile_options(nova_warnings INTERFACE
  -Wall -Wextra -Wpedantic
  -Wshadow              # a shadowed member once cost us an afternoon
  -Wnon-virtual-dtor
  -Wold-style-cast
  -Wswitch-enum         # tables over enums must be complete
  -Wimplicit-fallthrough
  -Wundef
  -Wno-missing-field-initializers # designated initializers leave the defaults on purpose
  $<$<BOOL:${NOVA_WERROR}>:-Werror>)

if(NOVA_SANITIZE)
  add_compile_options(-fsanitize=${NOVA_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${NOVA_SANITIZE})
endif()
add_link_options(-Wl,--as-needed) # a daemon maps only the libraries that it uses
