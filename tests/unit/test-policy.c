/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The whole truth table of the lookup policy and of what is learnt from
 * answers, written down here a second time, in words. */

#include "penregister/capability.h"
#include "penregister/policy.h"

static const char *const verdict_words[PEN_N_VERDICTS] = { "ask", "fresh", "later", "withhold" };

/* when, then the verdict for typed opened send schedule pushed library manual login, nothing fresh. */
static const char *const expected[PEN_N_WHENS][PEN_N_TRIGGERS] = {
  { "ask", "ask", "ask", "ask", "later", "later", "ask", "later" },
  { "later", "later", "ask", "ask", "later", "later", "ask", "later" },
  { "later", "later", "later", "ask", "later", "later", "ask", "later" },
  { "later", "later", "withhold", "withhold", "later", "later", "ask", "later" },
};

static void
test_judge (void)
{
  for (int when = 0; when < PEN_N_WHENS; when++)
    for (int trigger = 0; trigger < PEN_N_TRIGGERS; trigger++)
      {
        const char *rule = "unset";
        PenVerdict verdict = pen_policy_judge ((PenWhen) when, (PenTrigger) trigger, FALSE, &rule);

        g_test_message ("%s %s", pen_when_to_string ((PenWhen) when), pen_trigger_to_string ((PenTrigger) trigger));
        g_assert_cmpstr (verdict_words[verdict], ==, expected[when][trigger]);
        if (verdict == PEN_VERDICT_WITHHOLD)
          g_assert_cmpstr (rule, ==, "never");
        if (trigger == PEN_TRIGGER_MANUAL)
          g_assert_cmpstr (rule, ==, "explicit");
      }
}

static void
test_fresh (void)
{
  for (int when = 0; when < PEN_N_WHENS; when++)
    for (int trigger = 0; trigger < PEN_N_TRIGGERS; trigger++)
      {
        PenVerdict fresh = pen_policy_judge ((PenWhen) when, (PenTrigger) trigger, TRUE, NULL);

        if (trigger == PEN_TRIGGER_MANUAL)
          g_assert_cmpint (fresh, ==, PEN_VERDICT_ASK);
        else
          g_assert_true (fresh == PEN_VERDICT_FRESH || fresh == PEN_VERDICT_LATER);
      }
}

static void
test_library (void)
{
  for (int kind = 0; kind < PEN_N_KINDS; kind++)
    {
      gboolean asks = kind == PEN_KIND_VCARD || kind == PEN_KIND_AVATAR || kind == PEN_KIND_DISCO
                      || kind == PEN_KIND_LIBRARY || kind == PEN_KIND_DEVICE_LIST || kind == PEN_KIND_BUNDLE;

      g_assert_true (pen_policy_lets_library (PEN_WHEN_SEND, (PenKind) kind));
      g_assert_cmpint (pen_policy_lets_library (PEN_WHEN_NEVER, (PenKind) kind), ==, !asks);
    }
}

static const struct
{
  const char *condition;
  const char *text;
  PenAskOutcome outcome;
} refusals[] = {
  /* gateways.md 1.4, Prosody then ejabberd */
  { "forbidden", NULL, PEN_ASK_NOT_VISIBLE },
  { "not-authorized", NULL, PEN_ASK_NOT_VISIBLE },
  { "item-not-found", "Node not found", PEN_ASK_NOT_VISIBLE },
  { "feature-not-implemented", NULL, PEN_ASK_NOT_VISIBLE },
  { "service-unavailable", NULL, PEN_ASK_NOT_VISIBLE },
  { "subscription-required", NULL, PEN_ASK_NOT_VISIBLE },
  { "not-allowed", "Communication with remote domains is not enabled", PEN_ASK_COULD_NOT },
  { "forbidden", "Access denied by service policy", PEN_ASK_COULD_NOT },
  { "remote-server-timeout", "Component unavailable", PEN_ASK_COULD_NOT },
  { "remote-server-not-found", NULL, PEN_ASK_COULD_NOT },
  { "internal-server-error", NULL, PEN_ASK_COULD_NOT },
  { "policy-violation", NULL, PEN_ASK_COULD_NOT },
  { "never-heard-of", NULL, PEN_ASK_COULD_NOT },
  { NULL, NULL, PEN_ASK_COULD_NOT },
};

static void
test_refusals (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_test_message ("%s", refusals[i].condition);
      g_assert_cmpint (pen_ask_outcome_from_error (refusals[i].condition, refusals[i].text), ==, refusals[i].outcome);
    }
}

static void
test_learn (void)
{
  PenCapability blank = { 0 };
  PenCapability known = pen_capability_learn (blank, PEN_ASK_YES, 2, PEN_ORIGIN_ASKED, 1000);
  PenCapability gone;

  g_assert_cmpint (known.state, ==, PEN_CAPABILITY_ENCRYPTED);
  g_assert_true (known.pinned);
  g_assert_cmpint (known.at_us, ==, 1000);

  /* A pin outlives an empty list and a hidden one, and a question that could not be put changes no knowledge. */
  gone = pen_capability_learn (known, PEN_ASK_YES, 0, PEN_ORIGIN_PUSHED, 2000);
  g_assert_cmpint (gone.state, ==, PEN_CAPABILITY_ABSENT);
  g_assert_true (gone.pinned);
  gone = pen_capability_learn (known, PEN_ASK_NOT_VISIBLE, 7, PEN_ORIGIN_ASKED, 2000);
  g_assert_cmpint (gone.state, ==, PEN_CAPABILITY_ABSENT);
  g_assert_cmpuint (gone.devices, ==, 0);
  gone = pen_capability_learn (known, PEN_ASK_COULD_NOT, 0, PEN_ORIGIN_ASKED, 2000);
  g_assert_cmpint (gone.state, ==, PEN_CAPABILITY_ENCRYPTED);
  g_assert_false (pen_capability_is_fresh (&gone, 3600, 2000));
  gone = pen_capability_learn (blank, PEN_ASK_COULD_NOT, 0, PEN_ORIGIN_ASKED, 2000);
  g_assert_cmpint (gone.state, ==, PEN_CAPABILITY_UNKNOWN);
}

static void
test_freshness (void)
{
  PenCapability known = { PEN_CAPABILITY_ABSENT, PEN_ORIGIN_ASKED, 10 * G_USEC_PER_SEC, 0, FALSE };

  g_assert_true (pen_capability_is_fresh (&known, 5, 14 * G_USEC_PER_SEC));
  g_assert_false (pen_capability_is_fresh (&known, 5, 15 * G_USEC_PER_SEC));
  g_assert_false (pen_capability_is_fresh (&known, 0, 10 * G_USEC_PER_SEC));
  g_assert_false (pen_capability_is_fresh (&known, 5, 9 * G_USEC_PER_SEC));
  known.origin = PEN_ORIGIN_PUSHED;
  g_assert_true (pen_capability_is_fresh (&known, 5, 1000 * G_USEC_PER_SEC));
  known.state = PEN_CAPABILITY_UNKNOWN;
  g_assert_false (pen_capability_is_fresh (&known, 5, 14 * G_USEC_PER_SEC));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/policy/judge", test_judge);
  g_test_add_func ("/policy/fresh", test_fresh);
  g_test_add_func ("/policy/library", test_library);
  g_test_add_func ("/capability/refusals", test_refusals);
  g_test_add_func ("/capability/learn", test_learn);
  g_test_add_func ("/capability/freshness", test_freshness);
  return g_test_run ();
}
