"""A person at the alarm list: orders over the REST API, each sent again until it is answered."""

from __future__ import annotations

import datetime as dt
import random
import threading
import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from tests.faults.alarms_door import Answer, Door, Stopped
from tests.faults.alarms_evidence import Order, Outcome

PAUSE_S: Final = 0.15
SHELF_S: Final = (1.0, 4.0)
_CSRF: Final = "faults" * 5 + "ab"  # 32 characters, in the cookie and in the header

Row = dict[str, Any]


class Operator:
    """On a thread of their own."""

    def __init__(self, ports: Sequence[int], session: str, site: str, seed: int) -> None:
        self.given_up, self._enough = threading.Event(), threading.Event()
        self.errors: list[BaseException] = []
        self.orders: list[Order] = []
        self.repeated = 0  # orders that were sent more than once
        self.site = site
        headers = {
            "Cookie": f"sessionid={session}; csrftoken={_CSRF}",
            "X-CSRFToken": _CSRF,
            "Accept": "application/json",
        }
        self.rng = random.Random(f"{seed} operator")
        self.door = Door(ports, headers, self.rng, self.given_up)
        self._thread = threading.Thread(target=self._run, name="operator")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def finish(self) -> None:
        """End when what is under way was answered."""
        self._enough.set()
        self._thread.join()

    def give_up(self) -> None:
        """End at once."""
        self.given_up.set()
        if self._thread.is_alive():
            self._thread.join()

    def done(self) -> Counter[str]:
        """Count what was done to alarms, by action."""
        return Counter(o.action for o in self.orders if o.outcome is Outcome.DONE)

    def _run(self) -> None:
        try:
            while not self._enough.is_set():
                if rows := self._look():
                    self._order(rows)
                self._enough.wait(PAUSE_S)
        except Stopped:
            pass
        except BaseException as error:  # noqa: BLE001 - told to whoever waits for progress
            self.errors.append(error)

    def _look(self) -> list[Row]:
        answer = self.door.ask("GET", f"/api/v1/alarms/?site={self.site}&page_size=100")
        assert answer.status == 200, answer
        rows: list[Row] = answer.body["results"]
        return rows

    def _order(self, rows: Sequence[Row]) -> None:
        """Do something to some of those to which it can be done, as far as can be seen."""
        chances = {
            "acknowledge": [row for row in rows if row["announced"]],
            "reset": [row for row in rows if row["state"] == "latched"],
            "unshelve": [row for row in rows if row["shelved"]],
            "shelve": [row for row in rows if not row["shelved"]],
        }
        weights = {"acknowledge": 6, "reset": 3, "unshelve": 2, "shelve": 2}
        able = [action for action, found in chances.items() if found]
        action = self.rng.choices(able, [weights[each] for each in able])[0]
        found = chances[action]
        chosen = self.rng.sample(found, min(len(found), self.rng.randint(1, 4)))
        body: Row = {
            "request_id": str(uuid.uuid4()),
            "items": [{"id": row["id"], "rev": row["rev"]} for row in chosen],
            "reason": "seen",
        }
        if action == "shelve":
            body |= self._shelf()
        self._note(action, body, self.door.ask("POST", f"/api/v1/alarms/{action}/", body))

    def _shelf(self) -> Row:
        if self.rng.random() < 0.5:
            return {"one_shot": True}
        end = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=self.rng.uniform(*SHELF_S))
        return {"until": end.isoformat()}

    def _note(self, action: str, body: Row, answer: Answer) -> None:
        """Write down what became of an order, alarm by alarm."""
        # the end of a shelf may lie in the past by the time that somebody answers
        late = answer.status == 400 and action == "shelve"
        assert answer.status in {200, 409} or late, answer
        done = set(answer.body["done"]) if answer.status == 200 else set()
        self.repeated += answer.tries > 1
        for item in body["items"]:
            outcome = Outcome.DONE if item["id"] in done else Outcome.REFUSED
            outcome = Outcome.UNKNOWN if late else outcome
            self.orders.append(Order(body["request_id"], action, item["id"], outcome))
