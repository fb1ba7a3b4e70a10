# What sh cmake/bench measures this program against, in build/tests/bench: the reference server and
# the generator for rooms always, because a test has them agree; libuv's and libevent's echo servers
# only with SOCKETTOOL_BENCH.
function(add_reference name)
	list(TRANSFORM ARGN PREPEND tests/bench/)
	add_executable(${name} ${ARGN})
	set_target_properties(${name} PROPERTIES
		RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests/bench")
	target_link_libraries(${name} PRIVATE sockettool_flags)
	sockettool_optimize(${name})
endfunction()

add_reference(epoll_server epoll_server.c epoll_streams.c epoll_calc.c epoll_room.c plain_servers.c)
target_link_libraries(epoll_server PRIVATE Threads::Threads m)

add_reference(fanout fanout.c fanout_room.c fanout_dialects.c)
target_link_libraries(fanout PRIVATE sockettool_core)

if(SOCKETTOOL_BENCH)
	pkg_check_modules(LIBUV REQUIRED IMPORTED_TARGET libuv)
	pkg_check_modules(LIBEVENT REQUIRED IMPORTED_TARGET libevent_core)
	add_reference(uv_echo uv_echo.c)
	target_link_libraries(uv_echo PRIVATE PkgConfig::LIBUV)
	add_reference(event_echo event_echo.c)
	target_link_libraries(event_echo PRIVATE PkgConfig::LIBEVENT)
endif()
