/* Which package, in which version, an allocation site belongs to: what its path says (format/site.h), and what is installed
 * there on this machine. A server in a container has paths that are not seen from here: then what the path says is all. */
#ifndef SEEP_FLOW_PACKAGES_H
#define SEEP_FLOW_PACKAGES_H

/* *name: as the package calls itself ("winston", "Flask"; of a shared library Debian's package, else "libz"). *version: its
 * own, NULL where it is not to be seen. Both NULL where the site is of no package; the caller frees them.
 * Reads some small files; of a library dpkg's lists, some 10 MB.
 * Source: Python Packaging User Guide, "Recording installed projects"; PEP 376 (egg-info); dpkg(1), /var/lib/dpkg. */
void packages_find(const char *site, char **name, char **version);

#endif
