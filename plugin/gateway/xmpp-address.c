/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides which address a JID at an XMPP gateway stands for, and the other
 * way round. Never guesses: what can mean two people means nobody. Facts:
 * docs/gateways.md 2.1, 2.3, 5.1 and 5.12; RFC 3966 5.1.5. */

#include "gateway.h"

#include <string.h>

#include "penregister/number.h"
#include "penregister/sms.h"

/* Fewest digits at which a number without `+` is read as an international one. */
#define BARE_INTERNATIONAL_MIN 11

#define CONTEXT ";phone-context="
#define CONTEXT_SHORT CONTEXT "ca-us.phone-context.soprani.ca"
#define CONTEXT_ALPHA "alphanumeric."
#define CONTEXT_ANONYMOUS "anonymous."
/* No number and no name comes with a withheld one; all of them share a conversation. */
#define ANONYMOUS_NAME "Anonymous"

/* Cheogram writes each character of a sender as its code point less 30. */
#define ALPHA_OFFSET 30

char *
pen_gateway_wire_jid (const PenAddress *address, const char *host, PenGatewayFlags flags)
{
  g_autofree char *domain = pen_jid_bare (host);
  g_autofree char *local = NULL;
  const char *context = "";

  g_return_val_if_fail (address != NULL && address->name != NULL, NULL);

  if (domain == NULL || strchr (domain, '@') != NULL || pen_address_kind_of_name (address->name) != address->kind)
    return NULL;
  if (address->kind == PEN_ADDRESS_SHORT && (flags & PEN_GATEWAY_PHONE_CONTEXT) != 0)
    context = CONTEXT_SHORT;
  else if (address->kind != PEN_ADDRESS_TEL && address->kind != PEN_ADDRESS_SHORT && address->kind != PEN_ADDRESS_GROUP)
    return NULL;
  local = pen_jid_escape_localpart (address->name);
  return local == NULL ? NULL : g_strconcat (local, context, "@", domain, NULL);
}

static gboolean
is_assigned (const char *e164)
{
  g_autofree char *region = pen_number_region (e164);

  return region != NULL;
}

/* A modem may give `15551230001` for +1 555..., and a Chinese national number
 * has eleven digits too: the reading that somebody can have is the right one. */
static char *
read_bare_digits (const char *digits, const char *region)
{
  g_autofree char *international = g_strconcat ("+", digits, NULL);
  g_autofree char *national = pen_number_to_e164 (digits, region, NULL);

  if (strlen (digits) < BARE_INTERNATIONAL_MIN || !pen_number_is_e164 (international))
    return g_steal_pointer (&national);
  if (national != NULL && is_assigned (national) && !is_assigned (international))
    return g_steal_pointer (&national);
  return g_steal_pointer (&international);
}

static char *
read_number (const char *text, const char *region)
{
  gsize digits = strspn (text, "0123456789");

  if (pen_number_is_e164 (text))
    return g_strdup (text);
  if (digits == 0 || text[digits] != '\0' || digits > PEN_NUMBER_E164_MAX + 2)
    return NULL;
  return read_bare_digits (text, region);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Sorted, each number once. */
static PenAddress *
read_group (const char *local, const char *region)
{
  g_auto (GStrv) parts = g_strsplit (local, ",", PEN_ADDRESS_GROUP_MAX + 1);
  g_autoptr (GPtrArray) numbers = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *name = NULL;

  for (char **part = parts; *part != NULL; part++)
    {
      char *number = read_number (*part, region);

      if (number == NULL)
        return NULL;
      g_ptr_array_add (numbers, number);
    }
  g_ptr_array_sort (numbers, compare_names);
  for (guint i = numbers->len - 1; i > 0; i--)
    if (g_str_equal (numbers->pdata[i], numbers->pdata[i - 1]))
      g_ptr_array_remove_index (numbers, i);
  g_ptr_array_add (numbers, NULL);
  name = g_strjoinv (",", (char **) numbers->pdata);
  if (pen_address_kind_of_name (name) == PEN_ADDRESS_NONE)
    return NULL;
  return pen_address_new (numbers->len == 2 ? PEN_ADDRESS_TEL : PEN_ADDRESS_GROUP, name);
}

/* Two digits a character; a space is one digit and makes the rest ambiguous,
 * so that a sender with a space is only known by its nick. */
static char *
decode_sender (const char *digits)
{
  g_autoptr (GString) name = g_string_new (NULL);
  gsize n = strlen (digits);

  if (n % 2 != 0 || n > 2 * PEN_SMS_SENDER_MAX)
    return NULL;
  for (gsize i = 0; i < n; i += 2)
    {
      int c = g_ascii_digit_value (digits[i]) * 10 + g_ascii_digit_value (digits[i + 1]) + ALPHA_OFFSET;

      if (!g_ascii_isalnum (c))
        return NULL;
      g_string_append_c (name, (char) c);
    }
  return g_string_free (g_steal_pointer (&name), FALSE);
}

static PenAddress *
read_sender (const char *name)
{
  return pen_sms_sender_is_valid (name) ? pen_address_new (PEN_ADDRESS_ALPHA, name) : NULL;
}

static PenAddress *
read_with_context (const char *number, const char *context, const char *nick)
{
  g_autofree char *decoded = NULL;

  if (strspn (number, "0123456789") != strlen (number) || strpbrk (context, ";,") != NULL)
    return NULL;
  if (g_str_has_prefix (context, CONTEXT_ANONYMOUS))
    return pen_address_new (PEN_ADDRESS_ALPHA, ANONYMOUS_NAME);
  if (!g_str_has_prefix (context, CONTEXT_ALPHA))
    return pen_number_is_short_code (number) ? pen_address_new (PEN_ADDRESS_SHORT, number) : NULL;
  if (pen_sms_sender_is_valid (nick))
    return read_sender (nick);
  decoded = decode_sender (number);
  return read_sender (decoded);
}

/* A JID is in lower case; the nick knows how the sender writes itself. */
static PenAddress *
read_plain (const char *local, const char *nick, const char *region)
{
  g_autofree char *number = NULL;

  if (pen_number_is_short_code (local))
    return pen_address_new (PEN_ADDRESS_SHORT, local);
  number = read_number (local, region);
  if (number != NULL)
    return pen_address_new (PEN_ADDRESS_TEL, number);
  if (nick != NULL && g_ascii_strcasecmp (nick, local) == 0)
    return read_sender (nick);
  return read_sender (local);
}

PenAddress *
pen_gateway_address_of (const char *jid, const char *host, const char *nick, const char *region)
{
  g_autofree char *domain = pen_jid_domain (jid);
  g_autofree char *own = pen_jid_domain (host);
  g_autofree char *escaped = pen_jid_localpart (jid);
  g_autofree char *local = pen_jid_unescape_localpart (escaped);
  char *context;

  if (local == NULL || domain == NULL || g_strcmp0 (domain, own) != 0)
    return NULL;
  context = strstr (local, CONTEXT);
  if (context != NULL)
    {
      *context = '\0';
      return read_with_context (local, context + strlen (CONTEXT), nick);
    }
  if (strchr (local, ',') != NULL)
    return read_group (local, region);
  return read_plain (local, nick, region);
}
