"""S6.4, S6.5, S14.1: the existing values of a mapping: shown first, brought over one way or both, told in full, taken
back by undo; and killed at many points, baseline and backfill end as if they had never been stopped."""
import json
import signal
import time

from lab import Sandbox, Tandem, Tap

tap = Tap()
MESSAGE = "We couldn't sync all your updates for this mapping"


def ticker(s, record):
    return s.fields("salesforce/accounts", record).get("TickerSymbol")


def logo(s, record):
    return s.fields("hubspot/companies", record).get("hs_logo_url")


def account_of(r):
    return tuple(r["backfill"][k] for k in ("written", "unchanged", "failed", "skipped", "left"))


def few():
    s = Sandbox("--accounts", "30", "--limits", "off", "--seed", "3")
    t = Tandem(s)
    try:
        result = t.run("mapping", "backfill", "Phone", "--yes")
        tap.ok(result.code == 3 and "company_sync" in result.err, "refused_while_the_switch_is_off", result)
        t.json("settings", "set", "company_sync", "on")
        t.json("import", "accounts", "--yes")
        ids = [a["id"] for a in s.records("salesforce/accounts")]
        pair = [t.json("explain", ids[n])["partner"] for n in range(10)]
        for n in range(5):
            s.call(f"/salesforce/accounts/{ids[n]}", {"TickerSymbol": f"T{n}"}, "PATCH")
        s.call(f"/hubspot/companies/{pair[1]}", {"hs_logo_url": "other"}, "PATCH")
        s.call(f"/hubspot/companies/{pair[9]}", {"hs_logo_url": "fromhs"}, "PATCH")
        t.json("sync")

        # S6.4: the offer: what it would write each way; nothing is done without a word
        r = t.json("mapping", "add", "TickerSymbol", "hs_logo_url", "--rule", "two_way")
        offer = r["backfill"]
        tap.same((offer["written"], offer["hubspot"], offer["salesforce"]["filled"]),
                 (6, {"filled": 4, "replaced": 1, "cleared": 0}, 1), "adding_a_mapping_offers_its_backfill")
        result = t.run("mapping", "backfill", "TickerSymbol")
        tap.ok(result.code == 3 and "6 links to write" in result.out
               and "4 blanks filled, 1 value replaced" in result.out, "the_preview_without_yes", result)
        tap.same((logo(s, pair[0]), ticker(s, ids[9])), (None, None), "which_writes_nothing")
        result = t.run("mapping", "backfill", "TickerSymbol", "--direction", "sideways")
        tap.ok(result.code == 64 and "to-hubspot" in result.err, "a_bad_direction_is_refused", result)
        result = t.run("mapping", "backfill", "Industry", "--yes")
        tap.ok(result.code == 3 and "rule none" in result.err, "a_mapping_that_is_off_is_refused", result)

        # S6.5: a slice stops early, says so, and the next call goes on
        result = t.run("mapping", "backfill", "TickerSymbol", "--yes", "--limit", "3")
        tap.ok(result.code == 0 and f"{MESSAGE}: 27 links are left" in result.out, "stopped_early_it_says_so", result)
        r = t.json("mapping", "backfill", "TickerSymbol", "--yes")
        tap.same((account_of(r), r["backfill"]["resumed"], r["hubspot"]["updated"]), ((6, 24, 0, 0, 0), True, 2),
                 "the_next_call_goes_on_and_tells_all")
        tap.same((logo(s, pair[1]), ticker(s, ids[9])), ("T1", "fromhs"), "values_went_both_ways")
        r2 = t.json("resync", "--mapping", "TickerSymbol", "--yes")
        tap.same(account_of(r2), (0, 30, 0, 0, 0), "a_resync_of_the_mapping_is_the_same_thing")
        for words in (("mapping", "backfill", "TickerSymbol"), ("resync", "--mapping", "TickerSymbol")):
            result = t.run(*words)
            tap.ok(result.code == 0 and "There is nothing to write." in result.out and "tandem:" not in result.err,
                   "nothing_to_write_asks_for_no_consent_" + words[0], result)
        r = t.json("mapping", "backfill", "TickerSymbol")
        tap.same((r["planned_only"], account_of(r)), (True, (0, 30, 0, 0, 0)), "and_tells_so_in_json")
        r = t.json("sync")
        tap.same((r["hubspot"]["updated"], r["salesforce"]["updated"]), (0, 0), "then_all_is_quiet")

        # S12.4: it is a run like any other
        run = next(x for x in t.json("runs")["runs"] if x["kind"] == "backfill")["run"]
        t.json("undo", str(run), "--yes")
        for x in [x for x in t.json("runs")["runs"] if x["kind"] == "backfill"][1:]:
            t.json("undo", str(x["run"]), "--yes")
        tap.same((logo(s, pair[1]), logo(s, pair[0]), ticker(s, ids[9])), ("other", None, None), "undo_takes_it_back")

        # S6.8, S12.3: nothing of a mapping that cannot be read, nothing over an empty side
        s.call("/salesforce/fields", {"field": "TickerSymbol", "read": False})
        result = t.run("mapping", "backfill", "TickerSymbol", "--yes")
        tap.ok(result.code == 3 and "cannot be read" in result.err, "a_suspended_mapping_is_refused", result)
    finally:
        t.close()
        s.close()


def killed(t, s, args, kind, points):
    """Starts a command again and again, and kills it after so many calls of a kind."""
    done = 0
    for point in range(points):
        seen = s.calls(kind)
        p = t.start(*args)
        while p.poll() is None:
            now = s.calls(kind)
            if now > seen + point % 3:
                p.send_signal(signal.SIGKILL)
                break
            time.sleep(0.0005 * (point % 4))
        p.communicate()
        done += p.returncode == -signal.SIGKILL
    return done


def many(n=5000):
    s = Sandbox("--accounts", str(n), "--limits", "off", "--seed", "5")
    t = Tandem(s)
    try:
        t.json("settings", "set", "company_sync", "on")
        t.json("import", "accounts", "--yes")
        s.call("/touch/salesforce/accounts", {"every": 2, "field": "TickerSymbol", "value": "OLD"})
        t.json("sync")

        # S6.4: killed while its baseline is read, the mapping is not in use; then it is, and has touched nothing
        stopped = killed(t, s, ("mapping", "add", "TickerSymbol", "hs_logo_url", "--rule", "two_way", "--json"),
                         "GET/crm/objects/#/companies", 1)
        stopped += killed(t, s, ("sync", "--json"), "GET/crm/objects/#/companies", 6)
        tap.ok(stopped >= 3, "the_baseline_was_killed", stopped)
        t.json("sync")
        state = next(m for m in t.json("mapping", "list")["mappings"] if m["salesforce"] == "TickerSymbol")
        tap.same(state["state"], "active", "the_baseline_is_read_in_the_end")
        values = {c["fields"].get("hs_logo_url") for c in s.records("hubspot/companies")}
        tap.same(values, {None}, "and_no_value_was_touched")

        # S6.5: killed while it writes, it goes on where it was, and nothing is written twice or forgotten
        before = s.calls("companies/batch/update")
        stopped = killed(t, s, ("mapping", "backfill", "TickerSymbol", "--yes", "--quiet"), "companies/batch/update", 6)
        tap.ok(stopped >= 4, "the_backfill_was_killed", stopped)
        # An edit made while it was down, where an outcome may be unknown, is not overwritten.
        made = [c for c in s.records("hubspot/companies") if c["fields"].get("hs_logo_url")]
        for company in made[-20:]:
            s.call(f"/hubspot/companies/{company['id']}", {"hs_logo_url": "typed meanwhile"}, "PATCH")
        r = t.json("mapping", "backfill", "TickerSymbol", "--yes")
        tap.same((sum(account_of(r)), r["backfill"]["failed"], r["backfill"]["left"]), (n, 0, 0),
                 "the_account_adds_up_to_all_links")
        got = [c["fields"].get("hs_logo_url") for c in s.records("hubspot/companies")]
        tap.same((len({v for v in got if v and v.startswith("OLD")}), got.count("typed meanwhile"), got.count(None)),
                 (n // 2 - 20, 20, n // 2), "every_value_went_over_once")
        calls = s.calls("companies/batch/update") - before
        tap.ok(calls <= n // 200 + 6 * 20, "and_not_again_and_again", calls)
        t.json("sync")
        got = [c["fields"].get("hs_logo_url") for c in s.records("hubspot/companies")]
        tap.same(got.count("typed meanwhile"), 20, "edits_made_while_it_was_down_stand")
        status = t.json("status")
        tap.same((status["links"], status["open_intents"], status["errors"]), (n, 0, 0), "nothing_is_left_open")

        # Ctrl-C: the message, how many are left, and the way on
        s.call("/touch/salesforce/accounts", {"every": 1, "field": "TickerSymbol", "value": "NEW"})
        t.json("mapping", "change", "TickerSymbol", "--rule", "none")
        t.json("sync")
        t.json("mapping", "change", "TickerSymbol", "--rule", "always_salesforce")
        seen = s.calls("companies/batch/update")
        p = t.start("mapping", "backfill", "TickerSymbol", "--yes", "--quiet")
        while p.poll() is None and \
                s.calls("companies/batch/update") < seen + 2:
            time.sleep(0.0005)
        p.send_signal(signal.SIGINT)
        out, err = p.communicate()
        tap.ok(p.returncode == 130 and f"{MESSAGE}: " in out and "links are left" in out,
               "interrupted_it_says_so", (p.returncode, out, err))
        r = t.json("mapping", "backfill", "TickerSymbol", "--yes")
        tap.same((sum(account_of(r)[:2]), account_of(r)[2:]), (n, (0, 0, 0)), "and_the_next_call_ends_it")
        got = [c["fields"].get("hs_logo_url") for c in s.records("hubspot/companies")]
        tap.same(len({v for v in got if v and v.startswith("NEW")}), n, "with_every_value")
    finally:
        t.close()
        s.close()


few()
many()
tap.done()
