"""What an expression or a template asks for, read from its syntax tree before it meets any order."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import meta, nodes

_OF_CONTACT = frozenset({"contact", "country", "attributes", "items", "source", "contact_at"})
"""What of an order is known only once its contact is."""


def attributes(tree: nodes.Template) -> Iterator[tuple[str, str]]:
    """Yield owner and attribute of every `owner.attribute` and `owner['attribute']`."""
    for dot in tree.find_all(nodes.Getattr):
        if isinstance(dot.node, nodes.Name):
            yield dot.node.name, dot.attr
    for item in tree.find_all(nodes.Getitem):
        if isinstance(item.node, nodes.Name) and isinstance(item.arg, nodes.Const):
            yield item.node.name, str(item.arg.value)


def speaks_of_contact(tree: nodes.Template) -> bool:
    """Tell whether it asks for the contact."""
    names = meta.find_undeclared_variables(tree)
    return "contact" in names or ("order" in names and ("order", "contact") in attributes(tree))


def needs_contact(tree: nodes.Template) -> bool:
    """Tell whether it asks for anything that is known only once the contact is; the whole order counts."""
    if speaks_of_contact(tree):
        return True
    if "order" not in meta.find_undeclared_variables(tree):
        return False
    of_order = [name for owner, name in attributes(tree) if owner == "order"]
    mentions = sum(node.name == "order" for node in tree.find_all(nodes.Name))
    return mentions > len(of_order) or not _OF_CONTACT.isdisjoint(of_order)


def contact_fields(tree: nodes.Template) -> frozenset[str]:
    """Return the contact's fields that it names (`email`), after `contact` and after `order.contact`."""
    direct = {name for owner, name in attributes(tree) if owner == "contact"}
    within = {
        dot.attr
        for dot in tree.find_all(nodes.Getattr)
        if isinstance(dot.node, nodes.Getattr)
        and dot.node.attr == "contact"
        and isinstance(dot.node.node, nodes.Name)
        and dot.node.node.name == "order"
    }
    return frozenset(direct | within)
