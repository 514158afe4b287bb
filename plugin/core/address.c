/*
 * Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Decides which person a text means: the one canonical address, or the reason why not.
 */
#include "penregister/address.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "penregister/number.h"
#include "penregister/sms.h"

#define LIST_PARTS_MAX 64

typedef enum
{
  SCHEME_NONE,
  SCHEME_TEL,
  SCHEME_SMS,
  SCHEME_XMPP,
  SCHEME_MAILTO
} Scheme;

static const struct
{
  const char *prefix;
  Scheme scheme;
} schemes[] = {
  { "tel:", SCHEME_TEL },   { "sms:", SCHEME_SMS },   { "smsto:", SCHEME_SMS },     { "mms:", SCHEME_SMS },
  { "mmsto:", SCHEME_SMS }, { "xmpp:", SCHEME_XMPP }, { "mailto:", SCHEME_MAILTO },
};

static const char *const messages[] = {
  [PEN_ADDRESS_ERROR_EMPTY] = N_("There is no address here. Enter a phone number or an XMPP address."),
  [PEN_ADDRESS_ERROR_TOO_LONG] = N_("This is too long to be an address. Enter one phone number or one XMPP address."),
  [PEN_ADDRESS_ERROR_INVALID_UTF8] = N_("This is not readable text (not UTF-8). Type the address by hand."),
  [PEN_ADDRESS_ERROR_INVALID_URI] = N_("This link is damaged or is not complete. Type the address by hand."),
  [PEN_ADDRESS_ERROR_NOT_AN_ADDRESS]
  = N_("This is neither a phone number nor an XMPP address. Enter a number such as +1 555 123 4567, "
    "or an address such as juliet@example.org."),
  [PEN_ADDRESS_ERROR_NEEDS_REGION]
  = N_("This number has no country code, and the account has no country to take it from. Start it with + and the "
    "country code, or set “Country of national numbers” in the account's options."),
  [PEN_ADDRESS_ERROR_UNKNOWN_REGION]
  = N_("“Country of national numbers” in the account's options is no known country, so this number cannot be "
    "completed. Set it to two letters such as US, or start the number with + and the country code."),
  [PEN_ADDRESS_ERROR_NOT_A_NUMBER]
  = N_("This is not a phone number: it holds characters that no number has. Enter digits, starting with + "
    "and the country code."),
  [PEN_ADDRESS_ERROR_INVALID_COUNTRY_CODE]
  = N_("No country has the code that this number starts with. Check the digits after the +."),
  [PEN_ADDRESS_ERROR_NUMBER_TOO_SHORT]
  = N_("This number is too short: digits are missing, perhaps the area code. Enter the whole number."),
  [PEN_ADDRESS_ERROR_NUMBER_TOO_LONG] = N_("This number is too long for its country. Check whether a digit is there twice."),
  [PEN_ADDRESS_ERROR_INVALID_NUMBER]
  = N_("No number of this country has that many digits. Check whether one is missing or there twice."),
  [PEN_ADDRESS_ERROR_EXTENSION]
  = N_("This number has an extension, which neither SMS nor XMPP can dial. Enter the number without it."),
  [PEN_ADDRESS_ERROR_GROUP_MEMBER]
  = N_("One entry of this list is not a complete phone number. A group text takes phone numbers only, "
    "with commas between them."),
  [PEN_ADDRESS_ERROR_GROUP_SIZE] = N_("These are too many numbers for one group text. Enter at most ten."),
  [PEN_ADDRESS_ERROR_INVALID_JID]
  = N_("This is not a valid XMPP address: a part is missing, or it holds a character that is not allowed there. "
    "It must look like juliet@example.org."),
  [PEN_ADDRESS_ERROR_JID_TOO_LONG]
  = N_("This XMPP address is too long: no part of it may be over 1023 bytes. Check that it was copied alone."),
  [PEN_ADDRESS_ERROR_LIBRARY] = N_("The phone number could not be checked. Close other programs and try again."),
};

G_DEFINE_QUARK (pen-address-error-quark, pen_address_error)

static PenAddress *
refuse (PenAddressError code, GError **error)
{
  g_set_error_literal (error, PEN_ADDRESS_ERROR, (int) code, _(messages[code]));
  return NULL;
}

PenAddress *
pen_address_new (PenAddressKind kind, const char *name)
{
  PenAddress *address;

  g_return_val_if_fail (name != NULL, NULL);

  address = g_new0 (PenAddress, 1);
  address->kind = kind;
  address->name = g_strdup (name);
  return address;
}

PenAddress *
pen_address_copy (const PenAddress *address)
{
  return address == NULL ? NULL : pen_address_new (address->kind, address->name);
}

void
pen_address_free (PenAddress *address)
{
  if (address == NULL)
    return;
  g_free (address->name);
  g_free (address);
}

gboolean
pen_address_equal (gconstpointer a, gconstpointer b)
{
  const PenAddress *left = a, *right = b;

  return left->kind == right->kind && g_str_equal (left->name, right->name);
}

guint
pen_address_hash (gconstpointer address)
{
  const PenAddress *self = address;

  return g_str_hash (self->name) ^ (guint) self->kind;
}

static gboolean
is_longer_than (const char *text, gsize max_bytes)
{
  return memchr (text, '\0', max_bytes + 1) == NULL;
}

static gboolean
is_invisible (gunichar c)
{
  return g_unichar_isspace (c) || g_unichar_iscntrl (c) || g_unichar_type (c) == G_UNICODE_FORMAT;
}

/* White space, and the direction marks that copying from a chat or a web page leaves. */
static char *
trim (const char *text)
{
  const char *end = text + strlen (text);

  while (*text != '\0' && is_invisible (g_utf8_get_char (text)))
    text = g_utf8_next_char (text);
  while (end > text && is_invisible (g_utf8_get_char (g_utf8_prev_char (end))))
    end = g_utf8_prev_char (end);
  return g_strndup (text, (gsize) (end - text));
}

static PenAddressError
explain_verdict (PenNumberVerdict verdict)
{
  switch (verdict)
    {
    case PEN_NUMBER_NEEDS_REGION:
      return PEN_ADDRESS_ERROR_NEEDS_REGION;
    case PEN_NUMBER_UNKNOWN_REGION:
      return PEN_ADDRESS_ERROR_UNKNOWN_REGION;
    case PEN_NUMBER_INVALID_COUNTRY_CODE:
      return PEN_ADDRESS_ERROR_INVALID_COUNTRY_CODE;
    case PEN_NUMBER_TOO_SHORT:
      return PEN_ADDRESS_ERROR_NUMBER_TOO_SHORT;
    case PEN_NUMBER_TOO_LONG:
      return PEN_ADDRESS_ERROR_NUMBER_TOO_LONG;
    case PEN_NUMBER_INVALID_LENGTH:
      return PEN_ADDRESS_ERROR_INVALID_NUMBER;
    case PEN_NUMBER_EXTENSION:
      return PEN_ADDRESS_ERROR_EXTENSION;
    case PEN_NUMBER_FAILED:
      return PEN_ADDRESS_ERROR_LIBRARY;
    case PEN_NUMBER_OK:
    case PEN_NUMBER_SHORT_CODE:
    case PEN_NUMBER_NOT_A_NUMBER:
    default:
      return PEN_ADDRESS_ERROR_NOT_A_NUMBER;
    }
}

static PenAddress *
parse_one_number (const char *text, const char *region, Scheme scheme, GError **error)
{
  PenNumberVerdict verdict;
  g_autofree char *digits = pen_number_read (text, region, &verdict);
  g_autofree char *composed = g_utf8_normalize (text, -1, G_NORMALIZE_NFC);

  if (digits != NULL)
    return pen_address_new (verdict == PEN_NUMBER_OK ? PEN_ADDRESS_TEL : PEN_ADDRESS_SHORT, digits);
  if (verdict == PEN_NUMBER_NOT_A_NUMBER && scheme != SCHEME_TEL && pen_sms_sender_is_valid (composed))
    return pen_address_new (PEN_ADDRESS_ALPHA, composed);
  return refuse (explain_verdict (verdict), error);
}

/* Percent escapes of a link; NULL if they are broken or hide bytes that are not text. */
static char *
decode (const char *escaped)
{
  g_autofree char *plain = g_uri_unescape_string (escaped, NULL);

  if (plain == NULL || !g_utf8_validate (plain, -1, NULL))
    return NULL;
  return trim (plain);
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static PenAddress *
make_group (GPtrArray *names, GError **error)
{
  g_autoptr (GString) joined = g_string_new (NULL);
  const char *last = NULL;
  guint n = 0;

  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);

      if (g_strcmp0 (last, name) == 0)
        continue;
      g_string_append_printf (joined, "%s%s", n == 0 ? "" : ",", name);
      last = name;
      n++;
    }
  if (n == 0)
    return refuse (PEN_ADDRESS_ERROR_NOT_A_NUMBER, error);
  if (n > PEN_ADDRESS_GROUP_MAX)
    return refuse (PEN_ADDRESS_ERROR_GROUP_SIZE, error);
  return pen_address_new (n == 1 ? PEN_ADDRESS_TEL : PEN_ADDRESS_GROUP, joined->str);
}

static PenAddress *
parse_list (const char *text, const char *region, Scheme scheme, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", LIST_PARTS_MAX + 1);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  if (g_strv_length (parts) > LIST_PARTS_MAX)
    return refuse (PEN_ADDRESS_ERROR_GROUP_SIZE, error);
  for (char **part = parts; *part != NULL; part++)
    {
      g_autofree char *plain = scheme == SCHEME_NONE ? trim (*part) : decode (*part);
      PenNumberVerdict verdict;
      char *number;

      if (plain == NULL)
        return refuse (PEN_ADDRESS_ERROR_INVALID_URI, error);
      if (*plain == '\0')
        continue;
      number = pen_number_to_e164 (plain, region, &verdict);
      if (number == NULL && (verdict == PEN_NUMBER_SHORT_CODE || verdict == PEN_NUMBER_NOT_A_NUMBER))
        return refuse (PEN_ADDRESS_ERROR_GROUP_MEMBER, error);
      if (number == NULL)
        return refuse (explain_verdict (verdict), error);
      g_ptr_array_add (names, number);
    }
  return make_group (names, error);
}

static PenAddress *
parse_jid (const char *jid, GError **error)
{
  g_autofree char *bare = pen_jid_bare (jid);
  gsize longest = strcspn (jid, "/");

  if (bare == NULL && longest > PEN_JID_PART_MAX_BYTES)
    return refuse (PEN_ADDRESS_ERROR_JID_TOO_LONG, error);
  if (bare == NULL || pen_address_kind_of_name (bare) != PEN_ADDRESS_XMPP)
    return refuse (PEN_ADDRESS_ERROR_INVALID_JID, error);
  return pen_address_new (PEN_ADDRESS_XMPP, bare);
}

static PenAddress *
parse_number_uri (char *payload, const char *region, Scheme scheme, GError **error)
{
  g_autofree char *plain = NULL;

  payload[strcspn (payload, "?&")] = '\0';
  while (*payload == '/')
    payload++;
  if (strchr (payload, ',') != NULL)
    return parse_list (payload, region, scheme, error);
  plain = decode (payload);
  if (plain == NULL)
    return refuse (PEN_ADDRESS_ERROR_INVALID_URI, error);
  if (*plain == '\0')
    return refuse (PEN_ADDRESS_ERROR_EMPTY, error);
  return parse_one_number (plain, region, scheme, error);
}

/* RFC 5122 §2.2: what follows "//" is the account to act as; only then comes the person. */
static PenAddress *
parse_jid_uri (char *payload, Scheme scheme, GError **error)
{
  g_autofree char *plain = NULL;

  payload[strcspn (payload, "?#")] = '\0';
  if (scheme == SCHEME_XMPP && g_str_has_prefix (payload, "//"))
    {
      payload += 2 + strcspn (payload + 2, "/");
      payload += *payload == '/' ? 1 : 0;
    }
  if (scheme == SCHEME_XMPP)
    payload[strcspn (payload, "/")] = '\0';
  plain = decode (payload);
  if (plain == NULL)
    return refuse (PEN_ADDRESS_ERROR_INVALID_URI, error);
  if (strchr (plain, '/') != NULL)
    return refuse (PEN_ADDRESS_ERROR_INVALID_JID, error);
  return parse_jid (plain, error);
}

static PenAddress *
parse_plain (const char *text, const char *region, GError **error)
{
  g_autofree char *bare = g_strndup (text, strcspn (text, "/"));
  g_autoptr (GError) why = NULL;
  PenAddress *address;

  if (strchr (bare, '@') != NULL)
    return parse_jid (text, error);
  if (strchr (text, ',') != NULL)
    return parse_list (text, region, SCHEME_NONE, error);
  address = parse_one_number (text, region, SCHEME_NONE, &why);
  if (address != NULL)
    return address;
  if (g_error_matches (why, PEN_ADDRESS_ERROR, PEN_ADDRESS_ERROR_NOT_A_NUMBER) && *text != '+')
    {
      if (strchr (bare, '.') != NULL)
        return parse_jid (text, error);
      return refuse (PEN_ADDRESS_ERROR_NOT_AN_ADDRESS, error);
    }
  g_propagate_error (error, g_steal_pointer (&why));
  return NULL;
}

static Scheme
take_scheme (const char *text, gsize *prefix_length)
{
  for (gsize i = 0; i < G_N_ELEMENTS (schemes); i++)
    {
      *prefix_length = strlen (schemes[i].prefix);
      if (g_ascii_strncasecmp (text, schemes[i].prefix, *prefix_length) == 0)
        return schemes[i].scheme;
    }
  *prefix_length = 0;
  return SCHEME_NONE;
}

PenAddress *
pen_address_parse (const char *typed, const char *region, GError **error)
{
  g_autofree char *text = NULL;
  gsize prefix_length;
  Scheme scheme;

  if (typed == NULL)
    return refuse (PEN_ADDRESS_ERROR_EMPTY, error);
  if (is_longer_than (typed, PEN_ADDRESS_TYPED_MAX_BYTES))
    return refuse (PEN_ADDRESS_ERROR_TOO_LONG, error);
  if (!g_utf8_validate (typed, -1, NULL))
    return refuse (PEN_ADDRESS_ERROR_INVALID_UTF8, error);
  text = trim (typed);
  if (*text == '\0')
    return refuse (PEN_ADDRESS_ERROR_EMPTY, error);

  scheme = take_scheme (text, &prefix_length);
  if (scheme == SCHEME_NONE)
    return parse_plain (text, region, error);
  if (scheme == SCHEME_TEL || scheme == SCHEME_SMS)
    return parse_number_uri (text + prefix_length, region, scheme, error);
  return parse_jid_uri (text + prefix_length, scheme, error);
}

static gboolean
is_group_name (const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name, ",", PEN_ADDRESS_GROUP_MAX + 1);
  guint n = g_strv_length (parts);

  if (n < PEN_ADDRESS_GROUP_MIN || n > PEN_ADDRESS_GROUP_MAX)
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      if (!pen_number_is_e164 (parts[i]) || (i > 0 && strcmp (parts[i - 1], parts[i]) >= 0))
        return FALSE;
    }
  return TRUE;
}

PenAddressKind
pen_address_kind_of_name (const char *name)
{
  g_autofree char *bare = NULL;

  if (name == NULL || is_longer_than (name, PEN_ADDRESS_TYPED_MAX_BYTES))
    return PEN_ADDRESS_NONE;
  if (pen_number_is_e164 (name))
    return PEN_ADDRESS_TEL;
  if (pen_number_is_short_code (name))
    return PEN_ADDRESS_SHORT;
  if (*name == '+' && is_group_name (name))
    return PEN_ADDRESS_GROUP;
  if (pen_sms_sender_is_valid (name))
    return PEN_ADDRESS_ALPHA;
  if (strpbrk (name, "@.[") == NULL)
    return PEN_ADDRESS_NONE;
  bare = pen_jid_bare (name);
  return g_strcmp0 (bare, name) == 0 ? PEN_ADDRESS_XMPP : PEN_ADDRESS_NONE;
}

char *
pen_address_normalize (const char *name)
{
  g_autoptr (PenAddress) address = NULL;

  g_return_val_if_fail (name != NULL, NULL);

  if (pen_address_kind_of_name (name) != PEN_ADDRESS_NONE)
    return g_strdup (name);
  address = pen_address_parse (name, NULL, NULL);
  return address != NULL ? g_steal_pointer (&address->name) : g_strdup (name);
}

char *
pen_address_to_uri (const PenAddress *address)
{
  g_autofree char *escaped = NULL;

  g_return_val_if_fail (address != NULL, NULL);

  if (address->kind == PEN_ADDRESS_TEL)
    return g_strconcat ("tel:", address->name, NULL);
  escaped = g_uri_escape_string (address->name, "!$()*+,;=@[]:", FALSE);
  return g_strconcat (address->kind == PEN_ADDRESS_XMPP ? "xmpp:" : "sms:", escaped, NULL);
}

PenAddress *
pen_address_from_uri (const char *uri, GError **error)
{
  g_autoptr (PenAddress) address = NULL;
  g_autofree char *again = NULL;
  g_autofree char *name = NULL;
  const char *colon = uri == NULL ? NULL : strchr (uri, ':');
  PenAddressKind kind;

  if (colon == NULL)
    return refuse (PEN_ADDRESS_ERROR_INVALID_URI, error);
  name = decode (colon + 1);
  kind = pen_address_kind_of_name (name);
  if (kind == PEN_ADDRESS_NONE)
    return refuse (PEN_ADDRESS_ERROR_INVALID_URI, error);
  address = pen_address_new (kind, name);
  again = pen_address_to_uri (address);
  if (!g_str_equal (again, uri))
    return refuse (PEN_ADDRESS_ERROR_INVALID_URI, error);
  return g_steal_pointer (&address);
}
