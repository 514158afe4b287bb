/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides which call fails: the n-th of the family that the test has armed,
 * counting those of the plugin alone. */

#define _GNU_SOURCE
#include "inject.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PLUGIN "libpenregister"

static volatile InjectControl *
map_control (void)
{
  const char *path = getenv (INJECT_FILE_VARIABLE);
  int file = path != NULL ? open (path, O_RDWR | O_CLOEXEC) : -1;
  void *mapped = file >= 0 ? mmap (NULL, sizeof (InjectControl), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
                           : MAP_FAILED;

  if (file >= 0)
    close (file);
  return mapped == MAP_FAILED ? NULL : mapped;
}

static volatile InjectControl *
control (void)
{
  static volatile InjectControl *mapped;
  static gboolean is_tried;

  if (!is_tried)
    mapped = map_control ();
  is_tried = TRUE;
  return mapped;
}

gboolean
inject_is_from (const void *caller, const char *library)
{
  Dl_info info;

  return dladdr (caller, &info) != 0 && info.dli_fname != NULL && strstr (info.dli_fname, library) != NULL;
}

gpointer
inject_real (const char *name)
{
  gpointer real = dlsym (RTLD_NEXT, name);

  if (real == NULL)
    abort ();
  return real;
}

guint
inject_mode (void)
{
  return control () != NULL ? control ()->mode : 0;
}

static void
note_where (volatile InjectControl *now, const char *name)
{
  size_t i = 0;

  for (; name[i] != '\0' && i + 1 < INJECT_WHERE_BYTES; i++)
    now->where[i] = name[i];
  now->where[i] = '\0';
}

InjectVerdict
inject_judge (InjectFamily family, const char *name, const void *caller)
{
  volatile InjectControl *now = control ();

  if (now == NULL || now->family != (guint32) family || (caller != NULL && !inject_is_from (caller, PLUGIN)))
    return INJECT_PASS;
  now->seen++;
  if (now->seen < now->nth || (now->seen > now->nth && (now->mode & INJECT_STAYS) == 0))
    return INJECT_PASS;
  if (now->fired == 0)
    note_where (now, name);
  now->fired++;
  return (now->mode & INJECT_AFTER) != 0 ? INJECT_FAIL_AFTER : INJECT_FAIL;
}
