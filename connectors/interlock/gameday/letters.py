"""What customers ask and what the desk writes back. Pure."""

from typing import Any

__all__ = ["goal", "reply", "request"]

_REQUESTS = {
    "lost in transit": "Hello, order {order} ({item}) still says in transit after two weeks. Can I have my money back?",
    "delivered damaged": "Hi, the {item} from order {order} arrived broken. I can send pictures.",
    "returned": "I sent the {item} back last Tuesday (order {order}) and have not seen the refund yet.",
    "shipped": "Where is my {item}? Order {order}, I leave for holidays on Saturday.",
    "delivered": "Do you have the invoice for {order}? I ordered a {item}.",
}


def request(order: dict[str, Any]) -> str:
    """Return what the customer wrote about an order."""
    asked = _REQUESTS.get(order["status"], "A question about order {order} ({item}).").format_map(order)
    return f"(note: {order['note']}) {asked}" if order["note"] else asked


def goal(order: dict[str, Any]) -> str:
    """Return the goal a run is given for an order."""
    return f"Answer {order['customer']} about {order['order']} ({order['item']}, {order['status']})"


def reply(order: dict[str, Any], refunded: float) -> str:
    """Return the mail that closes the matter."""
    if refunded:
        said = f"we refunded {refunded:.2f} EUR for your {order['item']}. Your bank takes two to five working days."
    else:
        said = f"your {order['item']} is {order['status']}. If anything is not as it should be, just reply to this."
    return f"Dear {order['customer']},\n\nabout your order {order['order']}: {said}\n\nKind regards\nthe order desk"
