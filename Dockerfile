# Two images from one file:
#   docker build --target web -t base-shift/web:v1.0.0 .      web, scheduler, reconciler, publisher, consumer
#   docker build -t base-shift/job-executor:v1.0.0 .          the executor, which is the last stage
# Both run as a user without a name and need to write nothing but /tmp.
ARG PYTHON=3.11

FROM python:${PYTHON}-slim AS python
# What is compiled is in the image: the file system may be read-only.
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PATH=/venv/bin:$PATH
WORKDIR /srv

FROM python AS packages
RUN python -m venv --without-pip /venv
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1

FROM packages AS web-packages
COPY requirements/base.txt ./
# promise comes as source alone.
RUN pip --python /venv/bin/python install --require-hashes --no-deps --only-binary :all: --no-binary promise -r base.txt

FROM packages AS executor-packages
COPY requirements/executor.txt ./
RUN pip --python /venv/bin/python install --require-hashes --no-deps --only-binary :all: -r executor.txt

FROM python AS web
COPY --from=web-packages /venv /venv
COPY manage.py ./
COPY templates templates
COPY static static
COPY baseshift baseshift
COPY apps apps
# Production settings start with nothing left out; none of these is kept.
RUN SECRET_KEY=unused ALLOWED_HOSTS=unused DATABASE_URL=postgres://unused/unused REDIS_URL=rediss://unused \
    DJANGO_SETTINGS_MODULE=baseshift.settings.production VAR_DIR=/tmp python manage.py collectstatic --no-input \
    && python -m compileall -q baseshift apps
ENV DJANGO_SETTINGS_MODULE=baseshift.settings.production VAR_DIR=/tmp
USER 10001:10001
EXPOSE 8000
CMD ["python", "-m", "gunicorn", "--config", "python:apps.stack.gunicorn_config", "--bind", "0.0.0.0:8000"]

FROM python AS job-executor
COPY --from=executor-packages /venv /venv
COPY baseshift baseshift
COPY apps apps
RUN python -m compileall -q baseshift apps
# Memory goes back to the system as soon as large data are done with, not to the heap of the thread that had them.
ENV MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=131072
USER 10001:10001
CMD ["python", "-m", "baseshift.executor"]
