# Makes files part of a library: src/timeline/page.css becomes const char page_css[], with a NUL
# behind its last byte.
function(sockettool_embed library)
	foreach(file IN LISTS ARGN)
		cmake_path(GET file FILENAME name)
		string(MAKE_C_IDENTIFIER "${name}" name)
		set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
		file(READ "${file}" bytes HEX)
		string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
		string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
		file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/embedded/${name}.c" CONTENT
			"extern const char ${name}[];\nconst char ${name}[] = {\n${bytes}0};\n" @ONLY)
		target_sources(${library} PRIVATE "${PROJECT_BINARY_DIR}/embedded/${name}.c")
	endforeach()
endfunction()
