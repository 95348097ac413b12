# The Debian package, made by `scripts/package`. Program, patterns and completions are installed by
# engine/cli/CMakeLists.txt; here is what a system needs besides.
include(GNUInstallDirs)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(packaging ${PROJECT_SOURCE_DIR}/scripts/packaging)
set(packaged ${PROJECT_BINARY_DIR}/packaging)
set(completions ${PROJECT_BINARY_DIR}/engine/cli/completions)

# From what the program says of itself, so that it cannot be out of date.
add_custom_command(
  OUTPUT ${packaged}/tfgrid-compose.1.gz
  COMMAND ${CMAKE_COMMAND} -E make_directory ${packaged}
  COMMAND ${packaging}/make_man $<TARGET_FILE:tfgrid-compose> ${packaging}/changelog > ${packaged}/tfgrid-compose.1
  COMMAND gzip -9n < ${packaged}/tfgrid-compose.1 > ${packaged}/tfgrid-compose.1.gz
  DEPENDS tfgrid-compose ${packaging}/make_man ${packaging}/changelog VERBATIM)
add_custom_command(
  OUTPUT ${packaged}/changelog.gz
  COMMAND ${CMAKE_COMMAND} -E make_directory ${packaged}
  COMMAND gzip -9n < ${packaging}/changelog > ${packaged}/changelog.gz
  DEPENDS ${packaging}/changelog VERBATIM)
add_custom_target(man ALL DEPENDS ${packaged}/tfgrid-compose.1.gz ${packaged}/changelog.gz)

install(FILES ${packaged}/tfgrid-compose.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${packaged}/changelog.gz ${packaging}/copyright README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY examples/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples USE_SOURCE_PERMISSIONS)
install(FILES ${packaging}/run-as-app.conf ${packaging}/run-as-root.conf
  DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)

# Only a package has places outside of its prefix; `cmake --install` puts nothing there.
install(FILES ${packaging}/tfgrid-compose.service DESTINATION lib/systemd/system
  COMPONENT system EXCLUDE_FROM_ALL)
install(FILES ${packaging}/reconciler.yaml DESTINATION /etc/tfgrid-compose
  COMPONENT system EXCLUDE_FROM_ALL)
# Debian's zsh looks here, one that was built by hand in site-functions.
install(FILES ${completions}/_tfgrid-compose DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions
  COMPONENT system EXCLUDE_FROM_ALL)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME tfgrid-compose)
set(CPACK_PACKAGE_VENDOR tfgrid-compose)
set(CPACK_PACKAGE_CONTACT "tfgrid-compose maintainers <maintainers@example.org>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_CMAKE_PROJECTS
  "${PROJECT_BINARY_DIR};tfgrid-compose;Unspecified;/;${PROJECT_BINARY_DIR};tfgrid-compose;system;/")
# What goes in was built by `scripts/package`. For makefiles CPack would build everything, tests, too.
set(CPACK_CMAKE_GENERATOR Ninja)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL OFF)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Besides what the program is linked with: libcurl is loaded when something is sent.
set(CPACK_DEBIAN_PACKAGE_DEPENDS
  "adduser, ca-certificates, init-system-helpers (>= 1.52), libcurl4t64 | libcurl4")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS openssh-client)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "git, nginx | caddy")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "GitOps engine for apps on plain machines
Keeps apps on plain machines as their Git repositories say: it polls them and
takes webhooks, plans the smallest set of steps that makes a difference, keeps
a snapshot to go back to, and applies the plan. One program, one configuration
file, an embedded database; no container platform is needed.")
file(WRITE ${packaged}/control/conffiles "/etc/tfgrid-compose/reconciler.yaml\n")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${packaging}/postinst ${packaging}/prerm ${packaging}/postrm ${packaged}/control/conffiles)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
