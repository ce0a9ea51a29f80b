"""Webhook payload to Update, one file per sender. Pure: bytes in, values out."""
