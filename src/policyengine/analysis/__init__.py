"""What a policy and a change to it do: two packs compared, and the cliffs along one fact.

two packs ──differences──▶ words ┐
    └──▶ two programs ──effects──┼──▶ Comparison ──report, page──▶ text, HTML, JSON
         a population ──impact───┘
"""
