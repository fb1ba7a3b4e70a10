# Install rules: the program, its licence, and the manual page and completions it writes itself.
include(GNUInstallDirs)

install(TARGETS sockettool)
install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

# Installs what the program prints when it is run with the words given.
function(install_printed folder name)
	install(CODE "
		execute_process(COMMAND \"$<TARGET_FILE:sockettool>\" ${ARGN}
			OUTPUT_FILE \"${PROJECT_BINARY_DIR}/${name}\" COMMAND_ERROR_IS_FATAL ANY)")
	install(FILES "${PROJECT_BINARY_DIR}/${name}" DESTINATION ${folder})
endfunction()

install_printed(${CMAKE_INSTALL_MANDIR}/man1 sockettool.1 help --man)
install_printed(${CMAKE_INSTALL_DATADIR}/bash-completion/completions sockettool.bash completion bash)
install_printed(${CMAKE_INSTALL_DATADIR}/zsh/site-functions _sockettool completion zsh)
install_printed(${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d sockettool.fish completion fish)
