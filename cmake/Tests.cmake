# Every tests/FOLDER/X_test.c is an executable and a test named X_test (FOLDER_X_test where the name
# is taken); a tests/check_*.sh is a test, too. A test that needs the linker's help says so in its
# first ten lines, in one such line or several:
#     /* link: --wrap=send,--wrap=recv */
# Tests find the program and the tree in the environment: SOCKETTOOL and SOCKETTOOL_SOURCE.
pkg_check_modules(CMOCKA IMPORTED_TARGET cmocka)
find_program(SH sh REQUIRED)

file(GLOB checks CONFIGURE_DEPENDS tests/check_*.sh)
foreach(check IN LISTS checks)
	cmake_path(GET check STEM name)
	add_test(NAME ${name} COMMAND ${SH} ${check} "${PROJECT_SOURCE_DIR}")
	set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT 300)
endforeach()

if(NOT CMOCKA_FOUND)
	message(WARNING "Without cmocka the tests written in C are left out; sh cmake/test installs it.")
	return()
endif()

file(GLOB support CONFIGURE_DEPENDS tests/support/*.c)
add_library(sockettool_support STATIC ${support})
target_include_directories(sockettool_support PUBLIC tests)
target_link_libraries(sockettool_support PUBLIC sockettool_core PkgConfig::CMOCKA)
sockettool_link_plainly(sockettool_support)

function(add_c_test folder label timeout file)
	cmake_path(GET file STEM name)
	if(TARGET ${name})
		set(name "${folder}_${name}")
	endif()
	add_executable(${name} ${file})
	set_target_properties(${name} PROPERTIES
		RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests/${folder}")
	target_link_libraries(${name} PRIVATE sockettool_support)

	set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
	file(STRINGS "${file}" head LIMIT_COUNT 10)
	foreach(line IN LISTS head)
		if(line MATCHES "^/\\* link: ([^ ;*]+) \\*/")
			target_link_options(${name} PRIVATE "LINKER:${CMAKE_MATCH_1}")
		endif()
	endforeach()

	add_test(NAME ${name} COMMAND ${name})
	set_tests_properties(${name} PROPERTIES LABELS ${label} TIMEOUT ${timeout}
		ENVIRONMENT "SOCKETTOOL=$<TARGET_FILE:sockettool>;SOCKETTOOL_SOURCE=${PROJECT_SOURCE_DIR}")
endfunction()

function(add_c_tests label timeout)
	foreach(folder IN LISTS ARGN)
		file(GLOB files CONFIGURE_DEPENDS tests/${folder}/*_test.c)
		foreach(file IN LISTS files)
			add_c_test(${folder} ${label} ${timeout} ${file})
		endforeach()
	endforeach()
endfunction()

add_c_tests(unit 300 base session protocol bench timeline command)
add_c_tests(net 300 transport endpoint net)
add_c_tests(interop 300 interop)
set_property(TEST references_test APPEND PROPERTY ENVIRONMENT
	"REFERENCE_EPOLL_SERVER=$<TARGET_FILE:epoll_server>" "REFERENCE_FANOUT=$<TARGET_FILE:fanout>")

# Programs that tests trace, beside the tests. Sanitizers do not work in traced programs, and would make
# calls of their own.
file(GLOB traced CONFIGURE_DEPENDS tests/timeline/programs/*.c)
foreach(file IN LISTS traced)
	cmake_path(GET file STEM name)
	add_executable(traced_${name} ${file})
	set_target_properties(traced_${name} PROPERTIES
		RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests/timeline/programs")
	target_compile_definitions(traced_${name} PRIVATE _GNU_SOURCE)
	target_compile_options(traced_${name} PRIVATE -Wall -Wextra)
	target_link_libraries(traced_${name} PRIVATE Threads::Threads)
	add_dependencies(sockettool_support traced_${name})
endforeach()

# The protocol that docs/protocol-guide.md writes is taken out of that page and built into its test.
if(EXISTS "${PROJECT_SOURCE_DIR}/tests/docs/guide_test.c")
	set(guide "${PROJECT_SOURCE_DIR}/docs/protocol-guide.md")
	set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${guide}")
	file(READ "${guide}" page)
	string(FIND "${page}" "```c\n" start)
	math(EXPR start "${start} + 5")
	string(SUBSTRING "${page}" ${start} -1 page)
	string(FIND "${page}" "```" end)
	string(SUBSTRING "${page}" 0 ${end} example)
	file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/tests/docs/shout.c" CONTENT "${example}" @ONLY)
	add_c_test(docs unit 60 "${PROJECT_SOURCE_DIR}/tests/docs/guide_test.c")
	target_sources(guide_test PRIVATE "${PROJECT_BINARY_DIR}/tests/docs/shout.c")
endif()

# The examples of the documentation are run.
find_package(Python3 COMPONENTS Interpreter)
if(Python3_FOUND AND TARGET sockettool)
	add_test(NAME documentation COMMAND Python3::Interpreter tests/docs/examples.py
		README.md docs/protocols.md docs/papers.md docs/timeline.md WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
	set_tests_properties(documentation PROPERTIES LABELS interop TIMEOUT 300 SKIP_RETURN_CODE 77
		ENVIRONMENT "SOCKETTOOL=$<TARGET_FILE:sockettool>")
endif()

# What a message costs is counted where it is recorded for: in the release.
if(Python3_FOUND AND CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT SOCKETTOOL_SANITIZE)
	string(STRIP "${CMAKE_C_FLAGS}" flags)
	set(compiler "${CMAKE_C_COMPILER_ID} ${CMAKE_C_COMPILER_VERSION} ${CMAKE_SYSTEM_PROCESSOR}")
	foreach(count calls instructions)
		add_test(NAME economy_${count} COMMAND Python3::Interpreter tests/net/economy.py ${count}
			WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
		set_tests_properties(economy_${count} PROPERTIES LABELS net TIMEOUT 120
			SKIP_RETURN_CODE 77
			ENVIRONMENT "SOCKETTOOL=$<TARGET_FILE:sockettool>;COMPILER=${compiler} ${flags}")
	endforeach()
endif()
