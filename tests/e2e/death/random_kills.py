"""Rounds in which several apps change at once and the engine is killed at any instant, sometimes again while it
recovers; then the next one puts all right. The seed chooses the same commits and delays again."""
import invariants
from suite import SEED, Suite

APPS = ("one", "two", "three", "four", "five", "six")
# Each hook does something that takes a moment, in a child of its own, so that kills hit in there too.
BODIES = {"setup": "sleep 0.01", "healthcheck": "sleep 0.005; test -s \"$TFGRID_DATA_DIR/setting\""}


class RandomKills(Suite):
    """REQUIRES: `world` and `dice` are set. A suite says how it kills and what puts all right."""

    def kill_once(self, name):
        """Lets the engine work and kills it; (whether it was faster than the kill, what is wrong)."""
        raise NotImplementedError

    def put_right(self):
        """(what is wrong after the next one's work, seconds that it took)."""
        raise NotImplementedError

    def round(self, number):
        """(kills, what is wrong, seconds of the recovery)."""
        world, dice = self.world, self.dice
        changed = dice.sample(APPS, dice.randint(1, 3))
        world.commit({app: "%d-%d" % (number, dice.randint(0, 9)) for app in changed})
        with world.database() as database:
            rows = invariants.app_rows(database)
        problems, kills = [], 0
        for turn in range(dice.choice((1, 1, 1, 2, 3))):
            before = invariants.remember(world)
            faster, wrong = self.kill_once("%d-%d" % (number, turn))
            kills += 1
            problems += wrong + invariants.nothing_repeated(world, before)
            if faster:
                break
        wrong, seconds = self.put_right()
        problems += wrong + invariants.untouched(world, rows, [app for app in APPS if app not in changed])
        return kills, problems, seconds

    def any_instant(self, row, most_kills):
        number = 0
        while row.runs < most_kills:
            number += 1
            kills, problems, seconds = self.round(number)
            for _ in range(kills - 1):
                row.add("killed again while it recovered", [])
            row.add("violated" if problems else "recovered", problems, "seed %d, round %d" % (SEED, number), seconds)
            if len(row.violations) > 20:
                break
        row.check(self)
