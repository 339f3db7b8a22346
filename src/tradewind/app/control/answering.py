"""Commands about entries that wait to be confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from tradewind.app.control.commands import Outcome
from tradewind.app.control.desk import done
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.control import OrderConfirmed, OrderDeclined
from tradewind.domain.ids import ClientOrderId
from tradewind.domain.money import plain
from tradewind.domain.step import DecisionIgnored

if TYPE_CHECKING:
    from tradewind.app.control import commands as c
    from tradewind.app.control.commands import Done
    from tradewind.app.control.desk import Desk


async def confirm(desk: Desk, word: c.Answer) -> Done:
    """Confirm: done when the order has left; the gate may refuse it by now."""
    order = ClientOrderId(word.order)
    asked = OrderConfirmed(0, order, word.reason, word.operator, desk.request())
    step = await desk.say(asked, word.timeout_seconds)
    sent = [each.order for each in step.effects if isinstance(each, SubmitOrder) and each.order.id == order]
    return done("confirm", step, *(f"sent {each.side.value} {plain(each.quantity)} {each.instrument}" for each in sent))


async def decline(desk: Desk, word: c.Answer) -> Done:
    """Decline: done when the order was refused."""
    asked = OrderDeclined(0, ClientOrderId(word.order), word.reason, word.operator, desk.request())
    step = await desk.say(asked, word.timeout_seconds)
    answer = done("decline", step)
    if any(isinstance(notice, DecisionIgnored) for notice in step.notices):
        return answer
    return replace(answer, outcome=Outcome.DONE, told=answer.left, left=())
