"""`python -m judge --product BINARY [--prism PROGRAM --description FILE] [--reader PROGRAM]`"""

import argparse
import contextlib

from . import checks
from .http import free_port
from .prism import Prism
from .product import Product
from .recorder import Recorder


def judged(check, *given):
    """Runs one check and says what now is known."""
    result = check(*given)
    print(f"  ok  {check.__doc__}", flush=True)
    return result


def main():
    parser = argparse.ArgumentParser(prog="judge")
    parser.add_argument("--product", required=True, help="the server's binary")
    parser.add_argument("--prism", help="the program that holds requests and answers against a description")
    parser.add_argument("--description", help="Twilio's description of its API")
    parser.add_argument("--reader", help="the program that reads with twilio-rs")
    given = parser.parse_args()

    port = free_port()
    carrier = f"http://127.0.0.1:{port}/simulator/twilio"
    with contextlib.ExitStack() as running:
        recorder = running.enter_context(Recorder(f"http://127.0.0.1:{port}"))
        prism = None
        if given.prism and given.description:
            prism = running.enter_context(Prism(given.prism, given.description, carrier))
        base = prism.url if prism else carrier
        product = running.enter_context(Product(given.product, port, recorder.url, base))

        judged(checks.the_sdk_drives_the_carrier, base, recorder)
        judged(checks.the_sdk_understands_refusals, carrier)
        path = judged(checks.the_adapter_sends, product)
        judged(checks.the_adapter_asks_the_list, product, path)
        judged(checks.the_sdk_validates_the_carriers_signatures, product, recorder)
        judged(checks.the_adapter_takes_what_the_sdk_signs, product, recorder)
        if prism:
            judged(checks.the_description_holds, prism)
            judged(checks.the_judge_refuses, prism)
        else:
            print("  --  not run: Twilio's description is not at hand, so requests and answers were not held against it")
        if given.reader:
            judged(checks.another_client_reads, product, given.reader)


main()
