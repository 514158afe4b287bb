/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* libFuzzer target: any text as a link to an encrypted file. What is taken for
 * one must be safe to fetch and to name a file after, and read the same again. */

#include "fuzz.h"

#include <string.h>

#include "omemo/media.h"

static void
check_url (const PenMediaLink *link)
{
  /* In a query two dots lead nowhere. */
  g_autofree char *path = g_strndup (link->url, strcspn (link->url, "?"));

  g_assert_true (g_str_has_prefix (link->url, "https://"));
  g_assert_null (strstr (path, "/../"));
  g_assert_null (strchr (link->url, '#'));
  for (const char *p = link->url; *p != '\0'; p++)
    g_assert_true (*p > ' ' && *p < 0x7f);
  g_assert_cmpuint (strlen (link->host), >, 0);
  g_assert_null (strpbrk (link->host, "@/\\#?% "));
}

static void
check_name (const PenMediaLink *link)
{
  g_assert_true (g_utf8_validate (link->name, -1, NULL));
  g_assert_cmpuint (strlen (link->name), >, 0);
  g_assert_cmpuint (strlen (link->name), <, 256);
  g_assert_true (link->name[0] != '.' && link->name[0] != '-');
  g_assert_null (strpbrk (link->name, "/\\\n\r"));
}

static void
check_again (const PenMediaLink *link)
{
  g_autofree char *text = pen_media_link_build (link->url, link->iv, link->key, NULL);
  g_autoptr (PenMediaLink) again = text != NULL ? pen_media_link_parse (text, NULL) : NULL;

  if (link->iv_bytes != PEN_MEDIA_IV_BYTES || strlen (link->url) + 100 > PEN_MEDIA_LINK_MAX_BYTES)
    return;
  g_assert_nonnull (again);
  g_assert_cmpstr (again->url, ==, link->url);
  g_assert_cmpmem (again->key, sizeof again->key, link->key, sizeof link->key);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (PenMediaLink) link = pen_media_link_parse (text, NULL);

  if (link == NULL)
    return 0;
  g_assert_true (pen_media_holds_link (text));
  check_url (link);
  check_name (link);
  check_again (link);
  return 0;
}
