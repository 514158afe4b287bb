/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Searching for a text in every row. Most of what is looked through stands in
 * many rows that follow each other (who learned it, how it ended), so each
 * argument's last text without the needle is remembered. */

#include <string.h>

#include "ledger-private.h"

/* More arguments than pen_find() is ever given; longer texts are not worth remembering. */
#define MAX_TEXTS 8
#define MAX_MISS_BYTES 256
#define BYTE_VALUES 256

typedef struct
{
  char text[MAX_MISS_BYTES];
  gsize length;
} Miss;

/* @skip: how far the next place can be that matches, by the byte that stands where the needle would end (Horspool 1980) */
typedef struct
{
  char *text;
  gsize length;
  gboolean is_ascii;
  gboolean is_folded_ascii;
  guchar folded[BYTE_VALUES];
  gsize skip[BYTE_VALUES];
  Miss misses[MAX_TEXTS];
} Needle;

static void
needle_free (gpointer data)
{
  Needle *needle = data;

  g_free (needle->text);
  g_free (needle);
}

static void
learn_skips (Needle *needle)
{
  for (guint byte = 0; byte < BYTE_VALUES; byte++)
    {
      needle->folded[byte] = (guchar) g_ascii_tolower ((char) byte);
      needle->skip[byte] = needle->length;
    }
  for (gsize i = 0; i + 1 < needle->length; i++)
    needle->skip[(guchar) needle->text[i]] = needle->length - 1 - i;
}

static Needle *
needle_new (const char *text)
{
  Needle *needle = g_new0 (Needle, 1);

  needle->is_ascii = g_str_is_ascii (text);
  needle->text = needle->is_ascii ? g_ascii_strdown (text, -1) : g_utf8_casefold (text, -1);
  needle->length = strlen (needle->text);
  needle->is_folded_ascii = g_str_is_ascii (needle->text);
  learn_skips (needle);
  return needle;
}

static gboolean
starts_with (const char *text, const Needle *needle)
{
  for (gsize i = 0; i < needle->length; i++)
    if (needle->folded[(guchar) text[i]] != (guchar) needle->text[i])
      return FALSE;
  return TRUE;
}

static gboolean
find_ascii (const Needle *needle, const char *text, gsize length)
{
  for (gsize end = needle->length; end <= length; end += needle->skip[needle->folded[(guchar) text[end - 1]]])
    if (starts_with (text + end - needle->length, needle))
      return TRUE;
  return FALSE;
}

static gboolean
is_ascii (const char *text, gsize length)
{
  guchar bits = 0;

  for (gsize i = 0; i < length; i++)
    bits |= (guchar) text[i];
  return bits < 0x80;
}

static gboolean
find_folded (const Needle *needle, const char *text, gsize length)
{
  g_autofree char *folded = NULL;

  /* Folding costs more than all the rest, and most addresses are plain. */
  if (is_ascii (text, length))
    return needle->is_folded_ascii && find_ascii (needle, text, length);
  folded = g_utf8_casefold (text, (gssize) length);
  return strstr (folded, needle->text) != NULL;
}

static gboolean
find (Needle *needle, Miss *miss, const char *text, gsize length)
{
  if (length == miss->length && memcmp (miss->text, text, length) == 0)
    return FALSE;
  if (needle->is_ascii ? find_ascii (needle, text, length) : find_folded (needle, text, length))
    return TRUE;
  if (length <= MAX_MISS_BYTES)
    {
      memcpy (miss->text, text, length);
      miss->length = length;
    }
  return FALSE;
}

/* pen_find (needle, text...): whether one of the texts holds the needle. */
static void
pen_find (sqlite3_context *context, int n_values, sqlite3_value **values)
{
  Needle *needle = sqlite3_get_auxdata (context, 0);
  gboolean found = FALSE;

  if (needle == NULL)
    {
      needle = needle_new ((const char *) sqlite3_value_text (values[0]));
      sqlite3_set_auxdata (context, 0, needle, needle_free);
      /* SQLite may have freed it at once, when memory is short. */
      needle = sqlite3_get_auxdata (context, 0);
    }
  for (int i = 1; needle != NULL && i < n_values && !found; i++)
    {
      /* As a blob SQLite hands out the page's own bytes, not a copy. */
      const char *text = sqlite3_value_blob (values[i]);

      if (text != NULL)
        found = find (needle, &needle->misses[i % MAX_TEXTS], text, (gsize) sqlite3_value_bytes (values[i]));
    }
  sqlite3_result_int (context, found);
}

void
pen_ledger_query_register (PenDatabase *database)
{
  sqlite3_create_function (pen_database_handle (database), "pen_find", -1,
                           SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, NULL, pen_find, NULL, NULL);
}
