"""`python -m baocao` is `baocao`."""

from baocao.cli.main import main

main()
