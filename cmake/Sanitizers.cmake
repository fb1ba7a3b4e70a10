# SOCKETTOOL_SANITIZE=address,undefined or SOCKETTOOL_SANITIZE=thread: programs that stop at the
# first bad access, undefined behaviour or data race.
set(SOCKETTOOL_SANITIZE "" CACHE STRING "Sanitizers: address,undefined or thread")

if(SOCKETTOOL_SANITIZE)
	set(sanitize -fsanitize=${SOCKETTOOL_SANITIZE} -fno-sanitize-recover=all)
	target_compile_options(sockettool_flags INTERFACE ${sanitize} -g -fno-omit-frame-pointer)
	target_link_options(sockettool_flags INTERFACE ${sanitize})
endif()
