"""lab_promises: what the promises make of values, worked out from their text alone; chaos.py judges by it."""

# ---- fields (S5) ----------------------------------------------------------------------------------------

def ruled(first, mine, theirs, mine_moved, theirs_moved, always):
    """prefer_ and always_, from the ruling side: (mine, theirs) as they become."""
    if mine or (always and mine_moved):
        return mine, mine
    if always:
        return (mine, theirs)  # blank already: the other's value stays (B3.12)
    if theirs and (theirs_moved or first):
        return theirs, theirs
    return mine, mine


def decided(rule, base, sf, hs, required, later=None):
    """All values that a field may have after it was handled; base None = a first link; `later` = which side's value
    is the later one (S5.4), None = not known."""
    first = base is None
    moved_sf, moved_hs = first or sf != base[0], first or hs != base[1]
    if rule == "none" or sf == hs or not (moved_sf or moved_hs):
        return {(sf, hs)}
    if rule == "two_way":
        if first:
            becomes = {sf or hs}
        else:
            becomes = {later} if moved_sf and moved_hs and later is not None else \
                ({sf} if moved_sf else set()) | ({hs} if moved_hs else set())
        found = {(v, v) for v in becomes}
    elif rule.endswith("salesforce"):
        found = {ruled(first, sf, hs, moved_sf and not first, moved_hs, rule.startswith("always"))}
    else:
        found = {ruled(first, hs, sf, moved_hs and not first, moved_sf, rule.startswith("always"))[::-1]}
    if required and not all(v for v, _ in found):  # a clear that Salesforce cannot hold is put back (S5.10)
        if rule != "always_hubspot":
            return {(sf, sf)}
        return {(sf, hs)} if first else {(base[1], base[1])} if moved_sf else {(sf, base[1])}
    return found


def decided_address(rule, base, sf, hs):
    """The parts of an address as one value (S5.9)."""
    agree = all(not a or not b or a == b for a, b in zip(sf, hs))
    both = tuple(a or b for a, b in zip(sf, hs))
    found = {(sf, hs), (sf, sf), (hs, hs)} if rule != "none" else {(sf, hs)}
    if base is not None and sf == base[0] and hs == base[1]:
        return {(sf, hs)}
    if agree:
        found |= {(both, both), (sf, both), (both, hs)}
    return found


# ---- owners (S6.6) --------------------------------------------------------------------------------------

USERS = {"olivia": "0055e0000000002AAA", "integration": "0055e0000000001AAA", "noah": "0055e0000000003AAA"}
OWNERS = {"olivia": "308", "integration": "301", "lee": "315"}
OWNER_OF = {user: OWNERS[name] for name, user in USERS.items() if name in OWNERS}
USER_OF = {owner: user for user, owner in OWNER_OF.items()}


def decided_owner(unmatched, base, sf, hs, later=None):
    """All that a pair's owners may become; `unmatched` = the setting, a name of both = that one."""
    def of_user():
        if sf in OWNER_OF:
            return sf, OWNER_OF[sf]
        return sf, "" if unmatched == "clear" else OWNERS.get(unmatched, hs)

    def of_owner():
        if hs in USER_OF:
            return USER_OF[hs], hs
        if hs == "":  # B3.64: an account cannot be without one
            return of_user()
        if unmatched == "reset" and sf in OWNER_OF:  # B3.61
            return sf, OWNER_OF[sf]
        return USERS.get(unmatched, sf), hs

    if base is None:  # B3.63: the account's active owner wins
        return {(sf, hs) if OWNER_OF.get(sf) == hs else of_user()}
    moved = sf != base[0], hs != base[1]
    if OWNER_OF.get(sf) == hs or not any(moved):
        return {(sf, hs)}
    if all(moved) and later is not None:
        return {of_owner() if later == hs else of_user()}
    return ({of_user()} if moved[0] else set()) | ({of_owner()} if moved[1] else set())


# ---- lifecycle stages (S10.1) ---------------------------------------------------------------------------

STAGES = ("subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer")
STILL = ("evangelist", "other")  # they move no company


def ahead(stage, other):
    """Whether a contact in `stage` moves a company that is in `other`."""
    return stage in STAGES and (STAGES.index(other) if other in STAGES else -1) < STAGES.index(stage)
