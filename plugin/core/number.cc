/*
 * Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Decides which text is a phone number or short code. The one C++ file: libphonenumber has
 * no C interface. No exception leaves it.
 */
#include "penregister/number.h"

#include <cstring>
#include <string>

#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

namespace
{

const char kNoRegion[] = "ZZ";
const std::size_t kExtensionAfterDigits = 7;

struct Subscriber
{
  std::string number;
  std::string context;
  bool has_extension = false;
};

template <typename Result, typename Body>
Result
call_shielded (Result fallback, Body body) noexcept
{
  try
    {
      return body ();
    }
  catch (...)
    {
      return fallback;
    }
}

std::string
upper_region (const char *region)
{
  std::string upper;

  for (const char *p = region; p != nullptr && *p != '\0' && upper.size () < 3; p++)
    upper += g_ascii_toupper (*p);
  return upper;
}

bool
is_known_region (const std::string &region)
{
  return region.size () == 2 && g_ascii_isalpha (region[0]) && g_ascii_isalpha (region[1])
         && PhoneNumberUtil::GetInstance ()->GetCountryCodeForRegion (region) != 0;
}

/* Digits of every script, dashes, spaces and brackets of every kind become ASCII; marks
   that cannot be seen vanish; what no number holds stays, as itself or as '?'. */
std::string
to_ascii (const char *utf8)
{
  std::string out;

  for (const char *p = utf8; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      int digit = g_unichar_digit_value (c);

      if (digit >= 0 && g_unichar_type (c) == G_UNICODE_DECIMAL_NUMBER)
        out += static_cast<char> ('0' + digit);
      else if (g_unichar_type (c) == G_UNICODE_FORMAT)
        continue;
      else if (g_unichar_isspace (c))
        out += ' ';
      else if (c < 0x80)
        out += static_cast<char> (c);
      else if (g_unichar_type (c) == G_UNICODE_DASH_PUNCTUATION || c == 0x2212)
        out += '-';
      else if (c > 0xFF00 && c < 0xFF5F)
        out += static_cast<char> (c - 0xFF00 + 0x20);
      else
        out += c == 0x00B7 ? '.' : '?';
    }
  return out;
}

/* A plus sign and digits, or nothing if there is anything else than separators. */
std::string
to_diallable (const std::string &ascii)
{
  std::string out;

  for (char c : ascii)
    {
      if (g_ascii_isdigit (c) || (c == '+' && out.empty ()))
        out += c;
      else if (std::strchr (" -.()/[]", c) == nullptr)
        return std::string ();
    }
  return out == "+" ? std::string () : out;
}

/* "555 123 4567 ext. 89", also with "x" or "#". */
bool
has_spelt_extension (const std::string &ascii)
{
  std::size_t mark = ascii.find_first_of ("xXeE#");
  std::size_t digits = ascii.find_last_not_of ("0123456789");

  if (mark == std::string::npos || mark > digits || digits + 1 == ascii.size ())
    return false;
  std::string word;
  for (char c : ascii.substr (mark, digits - mark + 1))
    {
      if (std::strchr (" .:", c) == nullptr)
        word += g_ascii_tolower (c);
    }
  return to_diallable (ascii.substr (0, mark)).size () >= kExtensionAfterDigits
         && (word == "x" || word == "ext" || word == "extension" || word == "#");
}

Subscriber
split_subscriber (const std::string &ascii)
{
  Subscriber who;
  std::size_t end = ascii.find (';');

  who.number = ascii.substr (0, end);
  who.has_extension = has_spelt_extension (who.number);
  while (end != std::string::npos)
    {
      std::size_t next = ascii.find (';', end + 1);
      std::string parameter = ascii.substr (end + 1, next == std::string::npos ? next : next - end - 1);

      if (g_ascii_strncasecmp (parameter.c_str (), "ext=", 4) == 0
          || g_ascii_strncasecmp (parameter.c_str (), "isub=", 5) == 0)
        who.has_extension = true;
      else if (g_ascii_strncasecmp (parameter.c_str (), "phone-context=", 14) == 0)
        who.context = parameter.substr (14);
      end = next;
    }
  return who;
}

PenNumberVerdict
judge_parse (PhoneNumberUtil::ErrorType error)
{
  switch (error)
    {
    case PhoneNumberUtil::NO_PARSING_ERROR:
      return PEN_NUMBER_OK;
    case PhoneNumberUtil::INVALID_COUNTRY_CODE_ERROR:
      return PEN_NUMBER_INVALID_COUNTRY_CODE;
    case PhoneNumberUtil::TOO_SHORT_AFTER_IDD:
    case PhoneNumberUtil::TOO_SHORT_NSN:
      return PEN_NUMBER_TOO_SHORT;
    case PhoneNumberUtil::TOO_LONG_NSN:
      return PEN_NUMBER_TOO_LONG;
    case PhoneNumberUtil::NOT_A_NUMBER:
    default:
      return PEN_NUMBER_NOT_A_NUMBER;
    }
}

PenNumberVerdict
judge_length (PhoneNumberUtil::ValidationResult result)
{
  switch (result)
    {
    case PhoneNumberUtil::IS_POSSIBLE:
      return PEN_NUMBER_OK;
    case PhoneNumberUtil::INVALID_COUNTRY_CODE:
      return PEN_NUMBER_INVALID_COUNTRY_CODE;
    case PhoneNumberUtil::IS_POSSIBLE_LOCAL_ONLY:
    case PhoneNumberUtil::TOO_SHORT:
      return PEN_NUMBER_TOO_SHORT;
    case PhoneNumberUtil::TOO_LONG:
      return PEN_NUMBER_TOO_LONG;
    case PhoneNumberUtil::INVALID_LENGTH:
    default:
      return PEN_NUMBER_INVALID_LENGTH;
    }
}

PenNumberVerdict
parse_once (const std::string &diallable, const std::string &region, std::string *e164)
{
  const PhoneNumberUtil *util = PhoneNumberUtil::GetInstance ();
  PhoneNumber number;
  PenNumberVerdict verdict = judge_parse (util->Parse (diallable, region, &number));

  if (verdict == PEN_NUMBER_OK)
    verdict = judge_length (util->IsPossibleNumberWithReason (number));
  if (verdict != PEN_NUMBER_OK)
    return verdict;
  util->Format (number, PhoneNumberUtil::E164, e164);
  if (e164->size () > PEN_NUMBER_E164_MAX + 1)
    return PEN_NUMBER_TOO_LONG;
  return pen_number_is_e164 (e164->c_str ()) ? PEN_NUMBER_OK : PEN_NUMBER_NOT_A_NUMBER;
}

/* Each pass may take one trunk prefix off; the name of a number must not change when it is
   read again. */
PenNumberVerdict
parse_to_fixpoint (const std::string &diallable, const std::string &region, std::string *e164)
{
  PenNumberVerdict verdict = parse_once (diallable, region, e164);
  std::string before;

  while (verdict == PEN_NUMBER_OK && before != *e164)
    {
      before = *e164;
      verdict = parse_once (before, kNoRegion, e164);
      if (e164->size () > before.size ())
        return PEN_NUMBER_NOT_A_NUMBER;
    }
  return verdict;
}

/* RFC 3966 §5.1.5: the context is the start of the number, or a domain that names a private
   numbering plan, in which only short codes mean anything to us. */
PenNumberVerdict
read_in_context (const Subscriber &who, const std::string &diallable, std::string *out)
{
  std::string context = to_diallable (who.context);
  bool is_short = pen_number_is_short_code (diallable.c_str ()) != FALSE;
  PenNumberVerdict verdict = PEN_NUMBER_NOT_A_NUMBER;

  if (!context.empty () && context[0] == '+')
    verdict = parse_to_fixpoint (context + diallable, kNoRegion, out);
  if (verdict == PEN_NUMBER_OK || !is_short)
    return verdict;
  *out = diallable;
  return PEN_NUMBER_SHORT_CODE;
}

PenNumberVerdict
read_number (const char *text, const char *region_text, std::string *out)
{
  Subscriber who = split_subscriber (to_ascii (text));
  std::string diallable = to_diallable (who.number);
  std::string region = upper_region (region_text);

  if (who.has_extension)
    return PEN_NUMBER_EXTENSION;
  if (diallable.empty ())
    return PEN_NUMBER_NOT_A_NUMBER;
  if (diallable.compare (0, 2, "00") == 0)
    diallable.replace (0, 2, "+");
  if (diallable[0] == '+')
    return parse_to_fixpoint (diallable, kNoRegion, out);
  if (!who.context.empty ())
    return read_in_context (who, diallable, out);
  if (diallable.size () < PEN_NUMBER_SHORT_MIN)
    return PEN_NUMBER_TOO_SHORT;
  if (pen_number_is_short_code (diallable.c_str ()) && who.number.find_first_of ("./()[]") == std::string::npos)
    {
      *out = diallable;
      return PEN_NUMBER_SHORT_CODE;
    }
  if (region.empty ())
    return PEN_NUMBER_NEEDS_REGION;
  if (!is_known_region (region))
    return PEN_NUMBER_UNKNOWN_REGION;
  return parse_to_fixpoint (diallable, region, out);
}

bool
parse_e164 (const char *e164, PhoneNumber *number)
{
  return pen_number_is_e164 (e164)
         && PhoneNumberUtil::GetInstance ()->Parse (e164, kNoRegion, number) == PhoneNumberUtil::NO_PARSING_ERROR;
}

PenNumberType
read_type (const char *e164)
{
  PhoneNumber number;

  if (!parse_e164 (e164, &number))
    return PEN_NUMBER_TYPE_UNKNOWN;
  switch (PhoneNumberUtil::GetInstance ()->GetNumberType (number))
    {
    case PhoneNumberUtil::MOBILE:
      return PEN_NUMBER_TYPE_MOBILE;
    case PhoneNumberUtil::FIXED_LINE:
      return PEN_NUMBER_TYPE_FIXED;
    case PhoneNumberUtil::FIXED_LINE_OR_MOBILE:
      return PEN_NUMBER_TYPE_FIXED_OR_MOBILE;
    case PhoneNumberUtil::UNKNOWN:
      return PEN_NUMBER_TYPE_UNKNOWN;
    default:
      return PEN_NUMBER_TYPE_OTHER;
    }
}

std::string
find_region (const PhoneNumber &number)
{
  std::string region;

  PhoneNumberUtil::GetInstance ()->GetRegionCodeForNumber (number, &region);
  return is_known_region (region) ? region : std::string ();
}

/* A number of no assigned range has no region; its country code must do. */
bool
is_at_home (const PhoneNumber &number, const std::string &home)
{
  std::string region = find_region (number);

  if (!is_known_region (home))
    return false;
  if (region.empty ())
    return PhoneNumberUtil::GetInstance ()->GetCountryCodeForRegion (home) == number.country_code ();
  return region == home;
}

} // namespace

char *
pen_number_read (const char *text, const char *region, PenNumberVerdict *verdict)
{
  std::string out;
  PenNumberVerdict ours = PEN_NUMBER_NOT_A_NUMBER;

  if (text != nullptr && strnlen (text, PEN_NUMBER_TEXT_MAX_BYTES + 1) > PEN_NUMBER_TEXT_MAX_BYTES)
    ours = text[strspn (text, "+0123456789 -.()/")] == '\0' ? PEN_NUMBER_TOO_LONG : PEN_NUMBER_NOT_A_NUMBER;
  else if (text != nullptr && g_utf8_validate (text, -1, nullptr))
    ours = call_shielded (PEN_NUMBER_FAILED, [&] { return read_number (text, region, &out); });
  if (verdict != nullptr)
    *verdict = ours;
  return ours == PEN_NUMBER_OK || ours == PEN_NUMBER_SHORT_CODE ? g_strdup (out.c_str ()) : nullptr;
}

char *
pen_number_to_e164 (const char *text, const char *region, PenNumberVerdict *verdict)
{
  PenNumberVerdict ours;
  g_autofree char *number = pen_number_read (text, region, &ours);

  if (verdict != nullptr)
    *verdict = ours;
  return ours == PEN_NUMBER_OK ? static_cast<char *> (g_steal_pointer (&number)) : nullptr;
}

gboolean
pen_number_is_e164 (const char *text)
{
  std::size_t n = 0;

  if (text == nullptr || text[0] != '+' || text[1] == '0')
    return FALSE;
  while (n <= PEN_NUMBER_E164_MAX && g_ascii_isdigit (text[n + 1]))
    n++;
  return n >= 2 && n <= PEN_NUMBER_E164_MAX && text[n + 1] == '\0';
}

gboolean
pen_number_is_short_code (const char *text)
{
  std::size_t n = 0;

  if (text == nullptr || (text[0] == '0' && text[1] == '0'))
    return FALSE;
  while (n <= PEN_NUMBER_SHORT_MAX && g_ascii_isdigit (text[n]))
    n++;
  return n >= PEN_NUMBER_SHORT_MIN && n <= PEN_NUMBER_SHORT_MAX && text[n] == '\0';
}

PenNumberType
pen_number_type (const char *e164)
{
  return call_shielded (PEN_NUMBER_TYPE_UNKNOWN, [&] { return read_type (e164); });
}

char *
pen_number_region (const char *e164)
{
  return call_shielded (static_cast<char *> (nullptr), [&] {
    PhoneNumber number;
    std::string region = parse_e164 (e164, &number) ? find_region (number) : std::string ();

    return region.empty () ? nullptr : g_strdup (region.c_str ());
  });
}

char *
pen_number_format (const char *e164, const char *home_region)
{
  char *shown = call_shielded (static_cast<char *> (nullptr), [&] () -> char * {
    PhoneNumber number;
    std::string text;

    if (!parse_e164 (e164, &number))
      return nullptr;
    PhoneNumberUtil::GetInstance ()->Format (
        number, is_at_home (number, upper_region (home_region)) ? PhoneNumberUtil::NATIONAL : PhoneNumberUtil::INTERNATIONAL,
        &text);
    return g_strdup (text.c_str ());
  });

  return shown != nullptr ? shown : g_strdup (e164);
}

char *
pen_number_example_mobile (const char *region)
{
  return call_shielded (static_cast<char *> (nullptr), [&] () -> char * {
    PhoneNumber number;
    std::string text;

    if (!pen_region_is_known (region)
        || !PhoneNumberUtil::GetInstance ()->GetExampleNumberForType (upper_region (region), PhoneNumberUtil::MOBILE, &number))
      return nullptr;
    PhoneNumberUtil::GetInstance ()->Format (number, PhoneNumberUtil::E164, &text);
    return g_strdup (text.c_str ());
  });
}

gboolean
pen_region_is_known (const char *region)
{
  return call_shielded (false, [&] { return is_known_region (upper_region (region)); }) ? TRUE : FALSE;
}
