from commerce.models.api_keys import ApiKey
from commerce.models.catalog import Brand, CatalogueVersion, Category, NumberPrefix, Product
from commerce.models.closing import ClosedMonth, ClosedUntil
from commerce.models.consents import Consent
from commerce.models.credit import CreditTerms, DunningCase, DunningNotice, OwingWallet
from commerce.models.customers import Customer
from commerce.models.deliveries import Delivery
from commerce.models.desks import ManualOrder, UnknownOrder
from commerce.models.document_batches import DocumentBatch
from commerce.models.documents import Document, DocumentLetterhead, DocumentSeries, DocumentTransfer
from commerce.models.fulfilment import Attempt, Offer, Provider, SandboxDelivery
from commerce.models.ledger import Account, Hold, Transfer
from commerce.models.order_messages import OrderMessage
from commerce.models.order_news import OrderNews
from commerce.models.orders import Order
from commerce.models.payments import Payment, WebhookMessage
from commerce.models.pricing import PriceList, PriceRule, Quote
from commerce.models.recipients import RecipientField
from commerce.models.reconciliation import ReconciliationBreak, SignOff
from commerce.models.resellers import Client, Membership, PhoneNumber, Reseller
from commerce.models.statement_sources import ImportedStatement, StatementLine, StatementSource
from commerce.models.support import CannedAnswer, SupportTicket, TicketAttachment, TicketMessage
from commerce.models.transactions import Transaction
from commerce.models.verification import VerificationCode

__all__ = [
    "Account",
    "ApiKey",
    "Attempt",
    "Brand",
    "CannedAnswer",
    "CatalogueVersion",
    "Category",
    "Client",
    "ClosedMonth",
    "ClosedUntil",
    "Consent",
    "CreditTerms",
    "Customer",
    "Delivery",
    "Document",
    "DocumentBatch",
    "DocumentLetterhead",
    "DocumentSeries",
    "DocumentTransfer",
    "DunningCase",
    "DunningNotice",
    "Hold",
    "ImportedStatement",
    "ManualOrder",
    "Membership",
    "NumberPrefix",
    "Offer",
    "Order",
    "OrderMessage",
    "OrderNews",
    "OwingWallet",
    "Payment",
    "PhoneNumber",
    "PriceList",
    "PriceRule",
    "Product",
    "Provider",
    "Quote",
    "RecipientField",
    "ReconciliationBreak",
    "Reseller",
    "SandboxDelivery",
    "SignOff",
    "StatementLine",
    "StatementSource",
    "SupportTicket",
    "TicketAttachment",
    "TicketMessage",
    "Transaction",
    "Transfer",
    "UnknownOrder",
    "VerificationCode",
    "WebhookMessage",
]
