/*
 * Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Decides what a JID is, and its parts: RFC 7622 with NFKC and one-to-one lower case, which agrees with the
 * stringprep of today's servers for all names in use, and does not depend on the locale.
 */
#include "penregister/address.h"

#include <string.h>

#define IDEOGRAPHIC_FULL_STOP 0x3002u

static gboolean
is_ascii (const char *text)
{
  while (*text != '\0')
    {
      if ((guchar) *text++ >= 0x80)
        return FALSE;
    }
  return TRUE;
}

static char *
fold_part (const char *part)
{
  g_autofree char *compatible = NULL;
  g_autoptr (GString) lower = NULL;

  if (is_ascii (part))
    return g_ascii_strdown (part, -1);
  lower = g_string_new (NULL);
  compatible = g_utf8_normalize (part, -1, G_NORMALIZE_NFKC);
  for (const char *p = compatible; p != NULL && *p != '\0'; p = g_utf8_next_char (p))
    g_string_append_unichar (lower, g_unichar_tolower (g_utf8_get_char (p)));
  return g_utf8_normalize (lower->str, -1, G_NORMALIZE_NFKC);
}

static gboolean
is_printable (gunichar c)
{
  switch (g_unichar_type (c))
    {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_UNASSIGNED:
    case G_UNICODE_PRIVATE_USE:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
    case G_UNICODE_SPACE_SEPARATOR:
      return FALSE;
    default:
      return TRUE;
    }
}

static gboolean
is_local_valid (const char *local)
{
  gsize n = strlen (local);

  if (n == 0 || n > PEN_JID_PART_MAX_BYTES || strpbrk (local, "\"&'/:<>@") != NULL)
    return FALSE;
  for (; *local != '\0'; local = g_utf8_next_char (local))
    {
      if (!is_printable (g_utf8_get_char (local)))
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_label_char (gunichar c)
{
  if (c < 0x80)
    return g_ascii_isalnum ((char) c) || c == '-' || c == '_';
  return g_unichar_isalnum (c) || g_unichar_ismark (c);
}

static gboolean
is_domain_valid (const char *domain)
{
  gsize n = strlen (domain);
  gunichar before = '.';

  if (n == 0 || n > PEN_JID_PART_MAX_BYTES)
    return FALSE;
  if (*domain == '[' && domain[n - 1] == ']')
    {
      g_autofree char *inner = g_strndup (domain + 1, n - 2);

      return strchr (inner, ':') != NULL && strchr (inner, '%') == NULL && g_hostname_is_ip_address (inner);
    }
  for (; *domain != '\0'; domain = g_utf8_next_char (domain))
    {
      gunichar c = g_utf8_get_char (domain);

      if (!is_label_char (c) && (c != '.' || before == '.'))
        return FALSE;
      before = c;
    }
  return before != '.';
}

static char *
replace_full_stops (const char *text)
{
  GString *dotted = g_string_new (NULL);

  for (const char *p = text; p != NULL && *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      g_string_append_unichar (dotted, c == IDEOGRAPHIC_FULL_STOP ? '.' : c);
    }
  return g_string_free (dotted, FALSE);
}

/* Every element that leaves is asked for its domain several times, and nearly all are ASCII. */
static char *
fold_domain (const char *domain)
{
  char *folded = fold_part (domain);
  gsize n;

  if (folded == NULL || !is_ascii (folded))
    {
      char *undotted = folded;

      folded = replace_full_stops (undotted);
      g_free (undotted);
    }
  n = strlen (folded);
  if (n > 1 && folded[n - 1] == '.')
    folded[n - 1] = '\0';
  return folded;
}

/* Canonical parts; @local stays NULL for a host. */
static gboolean
split_jid (const char *jid, char **local, char **domain)
{
  gsize n = jid == NULL ? 0 : strcspn (jid, "/");
  g_autofree char *bare = NULL;
  char *at;

  if (n == 0 || n > 2 * PEN_JID_PART_MAX_BYTES + 1 || !g_utf8_validate (jid, (gssize) n, NULL))
    return FALSE;
  bare = g_strndup (jid, n);
  at = strchr (bare, '@');
  if (at != NULL)
    {
      *at = '\0';
      *local = fold_part (bare);
    }
  *domain = fold_domain (at == NULL ? bare : at + 1);
  return (at == NULL || (*local != NULL && is_local_valid (*local))) && is_domain_valid (*domain);
}

char *
pen_jid_bare (const char *jid)
{
  g_autofree char *local = NULL;
  g_autofree char *domain = NULL;

  if (!split_jid (jid, &local, &domain))
    return NULL;
  return local == NULL ? g_steal_pointer (&domain) : g_strconcat (local, "@", domain, NULL);
}

const char *
pen_jid_resource (const char *jid)
{
  const char *slash = jid == NULL ? NULL : strchr (jid, '/');

  return slash == NULL || slash[1] == '\0' ? NULL : slash + 1;
}

char *
pen_jid_localpart (const char *jid)
{
  g_autofree char *local = NULL;
  g_autofree char *domain = NULL;

  return split_jid (jid, &local, &domain) ? g_steal_pointer (&local) : NULL;
}

char *
pen_jid_domain (const char *jid)
{
  g_autofree char *local = NULL;
  g_autofree char *domain = NULL;

  return split_jid (jid, &local, &domain) ? g_steal_pointer (&domain) : NULL;
}

gboolean
pen_jid_is_valid (const char *jid)
{
  g_autofree char *bare = pen_jid_bare (jid);
  const char *resource = bare == NULL ? NULL : strchr (jid, '/');

  if (bare == NULL || resource == NULL)
    return bare != NULL;
  resource++;
  if (*resource == '\0' || strlen (resource) > PEN_JID_PART_MAX_BYTES
      || !g_utf8_validate (resource, -1, NULL))
    return FALSE;
  for (; *resource != '\0'; resource = g_utf8_next_char (resource))
    {
      if (g_unichar_iscntrl (g_utf8_get_char (resource)))
        return FALSE;
    }
  return TRUE;
}

static const char escaped_chars[] = " \"&'/:<>@\\";

/* The character that an escape such as "\40" stands for, or 0. XEP-0106 knows lower case only. */
static char
read_escape (const char *text)
{
  char c;

  if (text[0] != '\\' || !g_ascii_isxdigit (text[1]) || !g_ascii_isxdigit (text[2]) || g_ascii_isupper (text[2]))
    return '\0';
  c = (char) (g_ascii_xdigit_value (text[1]) * 16 + g_ascii_xdigit_value (text[2]));
  return c != '\0' && strchr (escaped_chars, c) != NULL ? c : '\0';
}

char *
pen_jid_escape_localpart (const char *text)
{
  g_autoptr (GString) out = g_string_new (NULL);

  if (text == NULL || *text == '\0' || *text == ' ' || g_str_has_suffix (text, " "))
    return NULL;
  for (; *text != '\0'; text++)
    {
      if (strchr (escaped_chars, *text) != NULL && (*text != '\\' || read_escape (text) != '\0'))
        g_string_append_printf (out, "\\%02x", (guint) *text);
      else
        g_string_append_c (out, *text);
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

char *
pen_jid_unescape_localpart (const char *localpart)
{
  g_autoptr (GString) out = g_string_new (NULL);

  if (localpart == NULL)
    return NULL;
  while (*localpart != '\0')
    {
      char c = read_escape (localpart);

      g_string_append_c (out, c == '\0' ? *localpart : c);
      localpart += c == '\0' ? 1 : 3;
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}
