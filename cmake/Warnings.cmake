# The warnings that every file must compile without. -Wvla is among them: stacks stay bounded.
option(SOCKETTOOL_WERROR "Treat warnings as errors" OFF)

target_compile_options(sockettool_flags INTERFACE
	-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wconversion
	-Wno-sign-conversion -Wundef -Wvla)
if(SOCKETTOOL_WERROR)
	target_compile_options(sockettool_flags INTERFACE -Werror)
endif()
