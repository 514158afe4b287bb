/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The whole truth tables of the lookup policy, its presets, and of what is learnt from
 * answers, written down here a second time, in words. */

#include "penregister/capability.h"
#include "penregister/policy.h"

#include <string.h>

static const char *const verdict_words[PEN_N_VERDICTS] = { "ask", "fresh", "later", "withhold" };

/* when, then the verdict for typed opened send schedule pushed library manual login, nothing fresh. */
static const char *const expected[PEN_N_WHENS][PEN_N_TRIGGERS] = {
  { "ask", "ask", "ask", "ask", "ask", "later", "ask", "later" },
  { "later", "later", "ask", "ask", "ask", "later", "ask", "later" },
  { "later", "later", "later", "ask", "later", "later", "ask", "later" },
  { "later", "later", "withhold", "withhold", "withhold", "later", "ask", "later" },
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

/* What becomes of a question of libpurple's about a person, on its own and by hand: "let", or the rule's name after
 * "let " or "withhold ". All other kinds are let, by no rule. */
static const char *const library[PEN_N_WHENS][2] = {
  { "let", "let" },
  { "let", "let" },
  { "withhold batch", "let explicit" },
  { "withhold never", "withhold never" },
};

static const char *const questions[] = { "device-list", "bundle", "disco", "vcard", "avatar", "library", NULL };

static void
test_library (void)
{
  for (int when = 0; when < PEN_N_WHENS; when++)
    for (int kind = 0; kind < PEN_N_KINDS; kind++)
      for (int by_hand = 0; by_hand < 2; by_hand++)
        {
          gboolean asks = g_strv_contains (questions, pen_kind_to_string ((PenKind) kind));
          const char *rule = "unset";
          gboolean lets = pen_policy_lets_library ((PenWhen) when, (PenKind) kind, by_hand, &rule);
          g_autofree char *found
            = g_strconcat (lets ? "let" : "withhold", rule != NULL ? " " : "", rule, NULL);

          g_test_message ("%s %s %d", pen_when_to_string ((PenWhen) when), pen_kind_to_string ((PenKind) kind), by_hand);
          g_assert_cmpstr (found, ==, asks ? library[when][by_hand] : "let");
        }
}

static const struct
{
  const char *word;
  const char *when;
  gboolean pad;
} named[] = {
  { "send", "send", FALSE },    { "typed", "typed", FALSE }, { "batch", "batch", FALSE },
  { "padded", "batch", TRUE },  { "never", "never", FALSE },
};

static void
test_presets (void)
{
  PenPolicy usual = PEN_POLICY_DEFAULT;

  for (guint i = 0; i < G_N_ELEMENTS (named); i++)
    {
      const PenPolicyPreset *preset = pen_policy_preset_at (i);

      g_assert_cmpstr (preset->word, ==, named[i].word);
      g_assert_cmpstr (pen_when_to_string (preset->policy.when), ==, named[i].when);
      g_assert_cmpint (preset->policy.pad, ==, named[i].pad);
      g_assert_cmpuint (preset->policy.slots, ==, usual.slots);
      g_assert_cmpuint (preset->policy.period_s, ==, usual.period_s);
      g_assert_cmpuint (preset->policy.fast_slots, ==, usual.fast_slots);
      g_assert_cmpuint (preset->policy.fast_period_s, ==, usual.fast_period_s);
      g_assert_null (pen_policy_fault (&preset->policy));
      g_assert_true (pen_policy_preset_find (preset->word) == preset);
      g_assert_true (pen_policy_preset_of (&preset->policy) == preset);
      g_assert_true (g_str_has_suffix (preset->sentence, "."));
      g_assert_cmpuint (strlen (preset->name), >, 0);
    }
  g_assert_null (pen_policy_preset_at (G_N_ELEMENTS (named)));
  g_assert_cmpint (pen_policy_preset_at (0)->policy.when, ==, usual.when);
  g_assert_true (pen_policy_preset_find ("passive") == pen_policy_preset_find ("never"));
  g_assert_null (pen_policy_preset_find ("sometimes"));
  g_assert_null (pen_policy_preset_find (NULL));
}

/* Numbers of batches make a policy one's own only where there are batches; how long answers are fresh never does. */
static void
test_own_settings (void)
{
  PenPolicy policy = pen_policy_preset_find ("padded")->policy;

  policy.fresh_s = 1;
  g_assert_cmpstr (pen_policy_preset_of (&policy)->word, ==, "padded");
  policy.period_s = 600;
  g_assert_null (pen_policy_preset_of (&policy));
  policy.when = PEN_WHEN_SEND;
  g_assert_cmpstr (pen_policy_preset_of (&policy)->word, ==, "send");
  policy = pen_policy_preset_find ("batch")->policy;
  policy.slots = 128;
  g_assert_null (pen_policy_preset_of (&policy));
}

static const struct
{
  PenPolicy policy;
  const char *fault;
} faults[] = {
  { { PEN_WHEN_BATCH, TRUE, 64, 10, 0, 0, 0 }, NULL },
  { { PEN_WHEN_BATCH, TRUE, 1024, 31 * 86400, 64, 10, G_MAXINT }, NULL },
  { { PEN_N_WHENS, TRUE, 64, 60, 8, 60, 60 }, "one of typed" },
  { { PEN_WHEN_SEND, TRUE, 0, 60, 8, 60, 60 }, "slots" },
  { { PEN_WHEN_SEND, TRUE, 32, 60, 8, 60, 60 }, "slots" },
  { { PEN_WHEN_SEND, TRUE, 65, 60, 8, 60, 60 }, "slots" },
  { { PEN_WHEN_SEND, TRUE, 2048, 60, 8, 60, 60 }, "slots" },
  { { PEN_WHEN_SEND, TRUE, 64, 9, 8, 60, 60 }, "Batches are between" },
  { { PEN_WHEN_SEND, TRUE, 64, 31 * 86400 + 1, 8, 60, 60 }, "Batches are between" },
  { { PEN_WHEN_SEND, TRUE, 64, 60, 65, 60, 60 }, "at most 64" },
  { { PEN_WHEN_SEND, TRUE, 64, 60, 8, 9, 60 }, "switches it off" },
  { { PEN_WHEN_SEND, TRUE, 64, 60, 8, 60, (guint) G_MAXINT + 1 }, "fresh" },
};

static void
test_faults (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      const char *fault = pen_policy_fault (&faults[i].policy);

      g_test_message ("%" G_GSIZE_FORMAT ": %s", i, fault);
      g_assert_true (faults[i].fault == NULL ? fault == NULL : fault != NULL && strstr (fault, faults[i].fault) != NULL);
    }
}

static const struct
{
  const char *condition;
  const char *text;
  PenAskOutcome outcome;
} refusals[] = {
  /* docs/gateways.md 1.4, Prosody then ejabberd */
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
  g_test_add_func ("/policy/presets", test_presets);
  g_test_add_func ("/policy/own-settings", test_own_settings);
  g_test_add_func ("/policy/faults", test_faults);
  g_test_add_func ("/capability/refusals", test_refusals);
  g_test_add_func ("/capability/learn", test_learn);
  g_test_add_func ("/capability/freshness", test_freshness);
  return g_test_run ();
}
