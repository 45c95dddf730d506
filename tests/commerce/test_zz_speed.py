import time, pytest, cProfile, pstats
from django.db import connection
from django.test.utils import CaptureQueriesContext
from commerce.services.fulfilment import deliver
from tests.factories_fulfilment import *
@pytest.mark.django_db(transaction=True)
def test_speed():
    product = player_product()
    r = ResellerFactory(funds=Decimal(1000000)); who = buyer(r)
    orders = [place("000", product=product, by=who) for _ in range(700)]
    deliver(orders[0].pk)
    with CaptureQueriesContext(connection) as q:
        deliver(orders[1].pk)
    for x in q: print(x["time"], x["sql"][:110].replace("\n"," "))
    t=time.perf_counter(); c=time.process_time()
    for o in orders[2:402]: deliver(o.pk)
    d=time.perf_counter()-t
    print("PER S", 400/d, "cpu share", (time.process_time()-c)/d)
    p=cProfile.Profile(); p.enable()
    for o in orders[402:700]: deliver(o.pk)
    p.disable(); pstats.Stats(p).sort_stats("cumulative").print_stats(35)
