# Link-time optimization of the executable, and plain machine code for the tests, from one library.
#
# A test that puts itself between the program and the kernel (ld --wrap) must see each call, which a
# link-time optimizer need not leave as it was. GCC's fat objects hold both forms, so that nothing is
# compiled twice: the executable is linked with -flto and the tests with -fno-lto.
include(CheckIPOSupported)

# Ubuntu's GCC fortifies by itself; it would call __recv_chk where a test wraps recv. A builder's own
# flags come later and win.
string(PREPEND CMAKE_C_FLAGS "-U_FORTIFY_SOURCE ")

set(link_time_optimization OFF)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU" AND CMAKE_BUILD_TYPE STREQUAL "Release"
		AND NOT SOCKETTOOL_SANITIZE)
	check_ipo_supported(RESULT link_time_optimization OUTPUT reason LANGUAGES C)
endif()

# For the library's and the executable's own code.
function(sockettool_optimize target)
	if(link_time_optimization)
		target_compile_options(${target} PRIVATE -flto=auto -ffat-lto-objects)
		target_link_options(${target} PRIVATE -flto=auto)
	endif()
endfunction()

# For the library that every test links with: GCC would optimize at link time unless told not to.
function(sockettool_link_plainly library)
	if(link_time_optimization)
		target_link_options(${library} INTERFACE -fno-lto)
	endif()
endfunction()
